package web

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/network"
)

// lowSupply is from how many per cent downwards a supply is shown as running out: a
// cartridge has to be ordered before it is empty. Our own choice.
const lowSupply = 10

// deviceParts is what an infrastructure device told of its ports, parts, supplies and
// power; nil when it told nothing.
func (c *call) deviceParts(o openAsset, interfaces []network.Interface) (*view.DeviceParts, error) {
	p, err := network.PartsOf(c.r.Context(), c.s.deps.DB, o.ID, o.atMS)
	if err != nil || p.Empty() {
		return nil, err
	}
	v := &view.DeviceParts{}
	by := map[string]network.Interface{}
	for _, n := range interfaces {
		n.Up = n.Up || by[n.Name].Up
		by[n.Name] = n
	}
	for _, x := range p.Ports {
		v.Ports = append(v.Ports, view.SwitchPortRow{Name: x.Name, Text: otherThan(x.Name, x.Text), Alias: otherThan(x.Name, x.Alias), MAC: by[x.Name].MAC, Enabled: x.Enabled, Up: by[x.Name].Up, Mbps: by[x.Name].SpeedMbps,
			VLAN: number(x.VLAN), Untagged: ranges(without(x.Untagged, x.VLAN)), Tagged: ranges(x.Tagged), Tree: c.known("asset.part.tree.", x.Tree)})
	}
	if len(p.Ports) > 0 && o.atMS == 0 && c.who.CanAt(identity.NetworkRead, o.FacilityID, "") {
		v.MapHref = address(networkPath, url.Values{"facility": {o.FacilityID}, "at": {"asset:" + o.ID}}) + "#port"
	}
	for _, x := range p.VLANs {
		v.VLANs = append(v.VLANs, strings.TrimSpace(strconv.Itoa(x.ID)+" "+x.Name))
	}
	for _, t := range p.Bridges {
		v.Bridges = append(v.Bridges, view.BridgeRow{Bridge: t.Bridge, Root: t.Root, IsRoot: t.Root == t.Bridge, RootPort: t.RootPort, Priority: t.Priority})
	}
	for _, m := range p.Modules {
		v.Modules = append(v.Modules, view.ModuleRow{Name: cmp.Or(m.Name, m.Text), Text: otherThan(m.Name, m.Text), Class: c.known("asset.part.class.", m.Class), Maker: m.Maker, Model: m.Model, Serial: m.Serial,
			Version: strings.Join(nonEmpty(m.Hardware, m.Firmware, m.Software), " / ")})
	}
	for _, s := range p.Supplies {
		v.Supplies = append(v.Supplies, c.supplyRow(s))
	}
	if p.Pages > 0 {
		v.Pages = c.tr.Number(p.Pages)
	}
	for _, w := range p.Power {
		v.Power = append(v.Power, c.powerRow(w))
	}
	return v, nil
}

// supplyRow writes a supply. A waste box is full where a cartridge is empty.
func (c *call) supplyRow(s network.Supply) view.SupplyRow {
	row := view.SupplyRow{Name: s.Name, Kind: c.known("asset.part.supply.", s.Kind), Colour: s.Colour, State: "ok"}
	switch {
	case s.Percent >= 0:
		row.Amount = fmt.Sprintf("%d %%", s.Percent)
		if s.Kind == "waste" && s.Percent >= 100-lowSupply || s.Kind != "waste" && s.Percent <= lowSupply {
			row.State = "warn"
		}
	case s.Level == -3:
		row.Amount = c.tr.T("asset.part.supply_some")
	default:
		row.Amount, row.State = c.tr.T("asset.part.unknown"), ""
	}
	return row
}

func (c *call) powerRow(w network.Power) view.PowerRow {
	percent := func(n int) string {
		if n < 0 {
			return c.tr.T("asset.part.unknown")
		}
		return fmt.Sprintf("%d %%", n)
	}
	row := view.PowerRow{OnBattery: w.OnBattery, Battery: c.known("asset.part.battery.", w.Battery), BatteryState: "ok", Charge: percent(w.ChargePercent), Load: percent(w.LoadPercent), Minutes: c.tr.T("asset.part.unknown")}
	if w.Battery == "low" || w.Battery == "depleted" {
		row.BatteryState = "warn"
	}
	if w.MinutesLeft >= 0 {
		row.Minutes = c.tr.T("asset.part.minutes", "Count", w.MinutesLeft)
	}
	return row
}

// otherThan is a text that says more than name does.
func otherThan(name, text string) string {
	if strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(text)) {
		return ""
	}
	return text
}

func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func without(list []int, n int) (out []int) {
	for _, x := range list {
		if x != n {
			out = append(out, x)
		}
	}
	return out
}

// ranges writes rising numbers as people do: 1–4, 10, 20–29.
func ranges(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		switch {
		case j == i:
			parts = append(parts, strconv.Itoa(list[i]))
		case j == i+1:
			parts = append(parts, strconv.Itoa(list[i]), strconv.Itoa(list[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d–%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
