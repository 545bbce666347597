package snmp

import (
	"context"

	"sonae/internal/survey/network"
)

// UPS-MIB (RFC 1628), and PowerNet-MIB of APC for those that have only that.
const (
	upsBase = ".1.3.6.1.2.1.33.1"
	apcBase = ".1.3.6.1.4.1.318.1.1.1"
)

var upsRoots = []string{upsBase, apcBase}

var batteryWords = map[int]string{1: "unknown", 2: "normal", 3: "low", 4: "depleted"}

// ups reads maker, model and state of a power supply.
func (r *reader) ups(ctx context.Context) error {
	if !r.absent[upsBase] {
		return r.standardUPS(ctx)
	}
	if !r.absent[apcBase] {
		return r.apcUPS(ctx)
	}
	return nil
}

func (r *reader) standardUPS(ctx context.Context) error {
	v, err := r.get(ctx, upsBase+".1.1.0", upsBase+".1.2.0", upsBase+".1.3.0", upsBase+".2.1.0", upsBase+".2.3.0", upsBase+".2.4.0", upsBase+".4.1.0", upsBase+".4.4.1.5.1")
	if err != nil {
		return err
	}
	r.trait(network.TraitEntityMaker, told(v[0].Name()))
	r.trait(network.TraitEntityModel, told(v[1].Name()))
	r.trait(network.TraitEntityFW, told(v[2].Name()))
	if v[3].Kind == KindNone && v[6].Kind == KindNone && v[5].Kind == KindNone {
		return nil
	}
	r.Power = &network.Power{
		Battery: batteryWord(v[3]), MinutesLeft: within(v[4], 1<<20), ChargePercent: within(v[5], 100), LoadPercent: within(v[7], 200),
		OnBattery: v[6].Small() == 5, // upsOutputSource battery(5)
	}
	return nil
}

func (r *reader) apcUPS(ctx context.Context) error {
	v, err := r.get(ctx, apcBase+".1.1.1.0", apcBase+".1.2.3.0", apcBase+".1.2.1.0", apcBase+".2.1.1.0", apcBase+".2.2.3.0", apcBase+".2.2.1.0", apcBase+".4.1.1.0", apcBase+".4.2.3.0")
	if err != nil {
		return err
	}
	r.trait(network.TraitEntityModel, told(v[0].Name()))
	r.trait(network.TraitEntitySerial, told(v[1].Name()))
	r.trait(network.TraitEntityFW, told(v[2].Name()))
	if v[3].Kind == KindNone && v[6].Kind == KindNone {
		return nil
	}
	minutes := within(v[4], 1<<40)
	if minutes > 0 {
		minutes /= 6000 // TimeTicks
	}
	r.Power = &network.Power{
		Battery: batteryWord(v[3]), MinutesLeft: minutes, ChargePercent: within(v[5], 100), LoadPercent: within(v[7], 200),
		OnBattery: v[6].Small() == 3, // upsBasicOutputStatus onBattery(3)
	}
	return nil
}

func batteryWord(v Value) string {
	if w := batteryWords[v.Small()]; w != "" {
		return w
	}
	return "unknown"
}

// within gives a number from 0 to most, else −1.
func within(v Value, most int64) int {
	if n, ok := v.Int(); ok && n >= 0 && n <= most {
		return int(n)
	}
	return -1
}
