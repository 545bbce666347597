package intake

import (
	_ "embed"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

//go:embed words.txt
var wordFile string

// meanings maps field and plain word to a value, as "kind\tパソコン".
var meanings = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	add := func(list, value, w string) {
		if _, taken := m[list+"\t"+wordForm(w)]; !taken {
			m[list+"\t"+wordForm(w)] = value
		}
	}
	for key, words := range readWords(wordFile, 3) {
		list, value, _ := strings.Cut(key, "\t")
		for _, w := range append(words, value) {
			add(list, value, w)
		}
	}
	for list, prefix := range map[string]string{"kind": "asset.kind.", "status": "asset.status.", "criticality": "asset.criticality.", "bool3": "asset.answer."} {
		info, _ := asset.Info(map[string]asset.Field{"bool3": asset.FieldPatientData}[list])
		if list != "bool3" {
			info, _ = asset.Info(asset.Field(list))
		}
		for _, value := range info.Choices {
			for _, w := range labels(prefix + value) {
				add(list, value, w)
			}
		}
	}
	return m
})

// wordForm is plain, except that a word of signs alone (○, ×) stays what it is.
func wordForm(w string) string {
	if p := plain(w); p != "" {
		return p
	}
	return strings.TrimSpace(w)
}

// cell is what stands at one place of the list.
type cell struct {
	shown     string // as the file shows it
	raw       string // as Excel stores it; empty in CSV
	since1904 bool
	heading   string
}

// nothing are the words that people write where there is no value.
var nothing = map[string]bool{"-": true, "--": true, "ー": true, "―": true, "–": true, "—": true, "n/a": true, "#n/a": true, "null": true}

// noValue adds what people write into columns of days, numbers and addresses.
var noValue = map[string]bool{"なし": true, "無し": true, "無": true, "不明": true, "未定": true, "dhcp": true, "自動": true, "自動取得": true, "未設定": true, "none": true, "unknown": true}

// value turns a cell into the canonical value of a field; "" is no value. The fault
// names neither row nor column: the caller does.
func value(f asset.Field, c cell) (string, error) {
	info, ok := asset.Info(f)
	if !ok || info.Type == asset.TypeFile {
		return "", fault.Invalid("intake.error.field")
	}
	s := strings.TrimSpace(c.shown)
	low := strings.ToLower(norm.NFKC.String(s))
	if low == "" || nothing[low] {
		return "", nil
	}
	switch info.Type {
	case asset.TypeEnum, asset.TypeBool3:
		return word(f, info.Type, s)
	case asset.TypeDate, asset.TypeBytes, asset.TypeInt, asset.TypeIP, asset.TypeMAC:
		if noValue[low] {
			return "", nil
		}
	}
	switch info.Type {
	case asset.TypeDate:
		day, err := date(s, c)
		if err != nil {
			return "", err
		}
		return asset.Canonical(f, day)
	case asset.TypeBytes:
		return size(f, s, c.heading)
	case asset.TypeInt, asset.TypeIP, asset.TypeMAC:
		return asset.Canonical(f, narrow(s))
	}
	return asset.Canonical(f, tidy(f, s))
}

// word finds what a word means.
func word(f asset.Field, t asset.FieldType, s string) (string, error) {
	list := string(f)
	if t == asset.TypeBool3 {
		list = "bool3"
	}
	if v, ok := meanings()[list+"\t"+wordForm(s)]; ok {
		return v, nil
	}
	return "", fault.Invalid("intake.error.word", "Value", short(s))
}

// numbered are the fields whose value is copied by machines, where width and blanks
// are slips of an input method and never meant.
var numbered = map[asset.Field]bool{asset.FieldAssetTag: true, asset.FieldSerial: true, asset.FieldHostName: true, asset.FieldModel: true,
	asset.FieldOSVersion: true, asset.FieldFirmwareVersion: true, asset.FieldLine: true, asset.FieldSIM: true, asset.FieldSwitchPort: true, asset.FieldContractRef: true}

// tidy takes the slips of input methods out of a text: everything narrow in numbers,
// letters and digits alone in names and places; a note stays as it was written.
func tidy(f asset.Field, s string) string {
	switch {
	case numbered[f]:
		return narrow(s)
	case f == asset.FieldNote:
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' {
			return r - 0xfee0
		}
		if r == '\r' || r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, s)
}

// narrow folds full-width signs to ASCII, and the dashes that look like a hyphen.
func narrow(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "−", "-", "ー", "-").Replace(width.Fold.String(s))), " ")
}

var (
	timeOfDay = regexp.MustCompile(`^(\S+)[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$`)
	eightForm = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	serialNum = regexp.MustCompile(`^\d{4,6}(\.\d+)?$`)
)

// Days that Excel's numbers may stand for here: 1954-10-03 to 2119-01-18, so that a
// four-digit year or a piece number is not taken for one.
const (
	minSerial = 20_000
	maxSerial = 80_000
)

// date reads a day: what text.ParseDate knows, with a time of day behind it, as eight
// digits, or as Excel's count of days.
func date(s string, c cell) (string, error) {
	if day, ok := serialDay(strings.TrimSpace(c.raw), c.since1904); ok {
		return day, nil
	}
	n := strings.TrimSpace(norm.NFKC.String(s))
	if m := timeOfDay.FindStringSubmatch(n); m != nil {
		n = m[1]
	}
	if day, ok := serialDay(n, c.since1904); ok {
		return day, nil
	}
	if m := eightForm.FindStringSubmatch(n); m != nil {
		n = m[1] + "-" + m[2] + "-" + m[3]
	}
	t, err := text.ParseDate(n)
	if err != nil {
		return "", fault.Invalid("intake.error.date", "Value", short(s))
	}
	return t.Format(time.DateOnly), nil
}

// serialDay reads Excel's count of days: 1 is 1 January 1900, and 29 February 1900 is
// counted although it never was (ECMA-376 part 1, 18.17.4.1).
func serialDay(s string, since1904 bool) (string, bool) {
	if !serialNum.MatchString(s) {
		return "", false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < minSerial || n > maxSerial {
		return "", false
	}
	from := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if since1904 {
		from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return from.AddDate(0, 0, int(n)).Format(time.DateOnly), true
}

var sizeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)(b|kb|mb|gb|tb|kib|mib|gib|tib|m|g|t)?$`)

// size reads an amount of memory or disk. Memory counts in powers of two (JEDEC
// JESD100B.01), disks in powers of ten, as their makers do. A bare number takes the
// unit of the heading, else GB when it is too small for bytes.
func size(f asset.Field, s, heading string) (string, error) {
	n := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), "")), ",", ""), "byte", "b")
	m := sizeForm.FindStringSubmatch(n)
	if m == nil {
		return "", fault.Invalid("intake.error.size", "Value", short(s))
	}
	amount, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return "", fault.Invalid("intake.error.size", "Value", short(s))
	}
	unit := m[2]
	if unit == "" && amount < 1_000_000 {
		unit = "gb"
		if strings.Contains(strings.ToLower(norm.NFKC.String(heading)), "mb") {
			unit = "mb"
		}
	}
	step := 1000.0
	if f == asset.FieldMemoryBytes || strings.Contains(unit, "i") {
		step = 1024
	}
	bytes := amount * math.Pow(step, float64(strings.IndexAny("bkmgt", unitLetter(unit))))
	if bytes > 1<<60 {
		return "", fault.Invalid("intake.error.size", "Value", short(s))
	}
	return strconv.FormatInt(int64(bytes), 10), nil
}

func unitLetter(unit string) string {
	if unit == "" {
		return "b"
	}
	return unit[:1]
}

// short keeps hostile cells short in messages.
func short(s string) string {
	r := []rune(strings.ToValidUTF8(s, "�"))
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return string(r)
}
