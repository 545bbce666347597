package asset

import (
	"strings"
	"testing"
)

func TestMakers(t *testing.T) {
	for _, group := range [][]string{
		{"Dell Inc.", "DELL", "Dell Computer Corporation", "ＤＥＬＬ", "デル株式会社", "デル・テクノロジーズ株式会社", "dell inc"},
		{"FUJITSU", "富士通", "富士通株式会社", "FUJITSU CLIENT COMPUTING LIMITED", "富士通クライアントコンピューティング株式会社", "FUJITSU // American Megatrends Inc.", "Fujitsu Limited"},
		{"LENOVO", "Lenovo", "レノボ・ジャパン合同会社", "Lenovo (Japan) Ltd."},
		{"HP", "Hewlett-Packard", "HP Inc.", "Hewlett-Packard Company", "株式会社日本HP"},
		{"NEC", "NEC Corporation", "日本電気株式会社", "NECパーソナルコンピュータ(株)", "NEC Personal Computers, Ltd."},
		{"TOSHIBA", "Dynabook Inc.", "東芝", "㈱東芝", "Dynabook株式会社"},
		{"Panasonic Corporation", "パナソニック コネクト株式会社", "Matsushita Electric Industrial Co.,Ltd."},
		{"MouseComputer Co.,Ltd.", "株式会社マウスコンピューター", "マウスコンピュータ"},
		{"EPSON DIRECT CORP.", "エプソンダイレクト株式会社", "Seiko Epson Corporation"},
		{"ASUSTeK COMPUTER INC.", "ASUS"},
		{"Gigabyte Technology Co., Ltd.", "GIGABYTE"},
		{"Micro-Star International Co., Ltd.", "MSI"},
		{"Microsoft Corporation", "日本マイクロソフト株式会社"},
		{"Intel Corporation", "Intel(R) Client Systems"},
	} {
		for _, s := range group[1:] {
			if !sameMaker(group[0], s) {
				t.Errorf("%q is %q, %q is %q", group[0], makerKey(group[0]), s, makerKey(s))
			}
		}
	}
	for _, pair := range [][2]string{{"HP Inc.", "Hewlett Packard Enterprise"}, {"IBM", "Lenovo"}, {"Fujitsu", "Fujifilm"}, {"Omron", "Omron Healthcare"},
		{"", ""}, {"不明", "不明"}, {"To be filled by O.E.M.", "to be filled by o.e.m."}, {"NEC", "Lenovo"}} {
		if sameMaker(pair[0], pair[1]) {
			t.Errorf("%q and %q are one maker", pair[0], pair[1])
		}
	}
}

// The tables are read at start: a slip of the pen in them must not pass silently.
func TestTables(t *testing.T) {
	of := map[string]string{}
	for line := range strings.Lines(makerTable) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, ok := strings.Cut(line, ":")
		if !ok || rest == "" {
			t.Errorf("makers.txt: %q", line)
		}
		for _, s := range append(strings.Split(rest, ","), name) {
			bare := bareMaker(s)
			if bare == "" || of[bare] != "" && of[bare] != name {
				t.Errorf("makers.txt: %q of %s is empty or of %s, too", s, name, of[bare])
			}
			of[bare] = name
			if makerKey(makerKey(s)) != makerKey(s) {
				t.Errorf("key of %q is no key of itself: %q", s, makerKey(s))
			}
		}
	}
	for line := range strings.Lines(placeholderTable) {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 || part[2] == "" || placeholders[part[0]] == nil || part[0] == "uuid" && len(part[1]) != 32 {
			t.Errorf("placeholders.txt: %q", line)
			continue
		}
		switch part[0] {
		case "serial":
			for _, s := range []string{part[1], strings.ToUpper(part[1]), " " + part[1] + "  "} {
				if serialKey("Dell", s)+numberKey(s) != "" {
					t.Errorf("%q is a number", s)
				}
			}
		case "uuid":
			if uuidKey(part[1])+uuidKey(otherOrder(part[1])) != "" {
				t.Errorf("%s is a UUID", part[1])
			}
		}
	}
}

func TestAddressTable(t *testing.T) {
	of := map[string]string{}
	for line := range strings.Lines(addressTable) {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 || part[2] == "" || part[0] != "shared" && part[0] != "virtual" {
			t.Errorf("addresses.txt: %q", line)
			continue
		}
		prefix, full := part[1], "00:00:00:00:00:00"
		if of[prefix] != "" || len(prefix) < len("00:ff") {
			t.Errorf("addresses.txt: %s stands twice, or would take in too much", prefix)
		}
		of[prefix] = part[0]
		mac, ok := ParseMAC(prefix + full[len(prefix):])
		if !ok || !strings.HasPrefix(mac, prefix) {
			t.Errorf("addresses.txt: %s is not the beginning of an address", prefix)
		}
		if macKey(mac) != "" || (virtualKey(mac) != "") != (part[0] == "virtual") {
			t.Errorf("%s: keys %q and %q", mac, macKey(mac), virtualKey(mac))
		}
	}
	if len(of) != len(sharedPrefixes)+len(virtualPrefixes) || len(virtualPrefixes) == 0 {
		t.Errorf("%d of %d lines are read", len(sharedPrefixes)+len(virtualPrefixes), len(of))
	}
}

// What is written in a ledger and in firmware about one maker is no contradiction.
func TestSpellingsAgree(t *testing.T) {
	facts := []Fact{{Field: FieldMaker, Value: "FUJITSU CLIENT COMPUTING LIMITED", Source: SourceAgent}, {Field: FieldMaker, Value: "富士通", Source: SourceCSV},
		{Field: FieldSerial, Value: "DSKB012345", Source: SourceAgent}, {Field: FieldSerial, Value: "ＤＳＫＢ０１２３４５", Source: SourceCSV}}
	if _, n := settle(facts); n != 0 {
		t.Errorf("%d contradictions: %+v", n, facts)
	}
	facts[1].Value = "NEC"
	if _, n := settle(facts); n != 1 {
		t.Errorf("another maker is no contradiction")
	}
}
