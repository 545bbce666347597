package asset

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sonae/internal/platform/text"
)

var errorKey = regexp.MustCompile(`"(asset\.error\.[a-z_.]+)"`)

// Every word of this room that reaches a page, and every message it gives, has a
// text in both languages.
func TestEveryWordHasAText(t *testing.T) {
	var keys []string
	add := func(prefix string, list []string) {
		for _, w := range list {
			keys = append(keys, prefix+w)
		}
	}
	add("asset.kind.", words(Kinds))
	add("asset.status.", words(Statuses))
	add("asset.source.", words(Sources))
	add("asset.group.", words(Groups))
	add("asset.key.", words([]KeyKind{KeyDevice, KeySerial, KeyTag, KeyUUID, KeyMAC}))
	add("asset.cause.", words([]Cause{CauseTwoAssets, CauseHardware, CauseFacility, CauseDeviceMove, CauseDisposed, CauseTwoDevices}))
	add("asset.encryption.", words([]Encryption{EncryptionOn, EncryptionOff, EncryptionUnknown}))
	add("asset.state.", words([]Reason{ReasonSupportOver, ReasonSilent, ReasonContradicting, ReasonSupportNear, ReasonIncomplete, ReasonUnverified}))
	for _, c := range ExportColumns() {
		keys = append(keys, "asset.field."+string(c.Field))
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range errorKey.FindAllStringSubmatch(string(code), -1) {
			keys = append(keys, m[1])
		}
	}
	for _, lang := range []string{"ja", "en"} {
		body, err := os.ReadFile(filepath.Join("..", "..", "platform", "text", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		texts, err := text.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if texts[k] == "" {
				t.Errorf("%s.json has no text for %s", lang, k)
			}
		}
	}
}
