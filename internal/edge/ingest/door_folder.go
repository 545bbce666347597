package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"sonae/internal/edge/ingest/oldwindows"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/wire"
)

// machineFolder is what the collector for old Windows wrote about one machine.
type machineFolder struct {
	dir   string
	files map[string][]byte // by name without the folder
}

type machineFolders []*machineFolder

// split divides a place into its folder and name.
func split(name string) (dir, base string) {
	dir, base = path.Split(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimSuffix(dir, "/"), base
}

// foldersOf finds the folders of machines: those with a manifest in them.
func foldersOf(files []intake.File) machineFolders {
	var out machineFolders
	for _, f := range files {
		if dir, base := split(f.Name); oldwindows.IsManifest(base) {
			out = append(out, &machineFolder{dir: dir, files: map[string][]byte{}})
		}
	}
	if len(out) == 0 {
		return nil
	}
	for _, f := range files {
		if m := out.of(f.Name); m != nil {
			_, base := split(f.Name)
			m.files[base] = f.Body
		}
	}
	return out
}

// of is the folder that a file belongs to; nil when it lies elsewhere.
func (l machineFolders) of(name string) *machineFolder {
	dir, _ := split(name)
	for _, m := range l {
		if m.dir == dir {
			return m
		}
	}
	return nil
}

// read makes the machine of a folder.
func (m *machineFolder) read(nowMS int64) intake.Machine {
	out := intake.Machine{Place: m.dir, Kind: intake.KindScript, Source: asset.SourceScript, SHA256: m.hash()}
	if out.Place == "" {
		out.Place = oldwindows.Manifest
	}
	report, err := oldwindows.Folder(m.files)
	if err != nil {
		if refusal, ok := errors.AsType[*wire.Refusal](err); ok {
			out.Problem = faultOf(refusal)
		} else {
			out.Problem = fault.Invalid("intake.error.unknown_file").Because(err)
		}
		return out
	}
	// Nothing tells when the folder was made but the clock of the machine; what is older
	// than a year and a half is more likely a clock without its battery.
	out.AtMS = believed(report, nowMS-scriptOldMS, nowMS)
	describe(&out, report)
	return out
}

const scriptOldMS = 548 * 24 * 3600 * 1000

// hash is over names and contents, in order.
func (m *machineFolder) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		sum := sha256.Sum256(m.files[name])
		h.Write([]byte(name + "\x00"))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
