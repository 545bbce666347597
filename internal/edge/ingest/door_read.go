package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"

	"sonae/internal/edge/ingest/oldwindows"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/wire"
)

// faultError is what people see.
type faultError = fault.Error

// problemHere is a refusal that tells to name the machine.
func problemHere(key string, args ...any) *faultError {
	return fault.Invalid(key, args...).WithHint("intake.error.nobody.hint")
}

// Sort tells lists from files of machines, by content first: a sealed file stays one
// under any name. What nobody knows goes to the lists, whose reader says why not.
func (d Door) Sort(files []intake.File) (lists, machines []intake.File) {
	folders := foldersOf(files)
	for _, f := range files {
		if folders.of(f.Name) != nil || isMachine(f.Body) {
			machines = append(machines, f)
		} else {
			lists = append(lists, f)
		}
	}
	return lists, machines
}

// isMachine reports whether a single file is what a machine said of itself.
func isMachine(body []byte) bool {
	if wire.IsSealed(body) || isReport(body) {
		return true
	}
	_, ok := systemInfo(body)
	return ok
}

// maxInfoBytes bounds an output of systeminfo: the longest real one has 30 KB.
const maxInfoBytes = 1 << 20

func systemInfo(body []byte) (*wire.Report, bool) {
	if len(body) > maxInfoBytes || bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		return nil, false
	}
	return oldwindows.SystemInfo(body)
}

// isReport reports whether a file is what sonae-agent writes without a kit.
func isReport(body []byte) bool {
	head := body[:min(len(body), 4096)]
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"collected_ms"`))
}

// Read finds the machines in files.
func (d Door) Read(ctx context.Context, q store.Querier, o intake.Order, files []intake.File, nowMS int64) ([]intake.Machine, error) {
	var out []intake.Machine
	folders := foldersOf(files)
	for _, dir := range folders {
		out = append(out, dir.read(nowMS))
	}
	for _, f := range files {
		if folders.of(f.Name) != nil {
			continue
		}
		m, err := d.readFile(ctx, q, o, f, nowMS)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	sortPlaces(out)
	return out, nil
}

func (d Door) readFile(ctx context.Context, q store.Querier, o intake.Order, f intake.File, nowMS int64) (intake.Machine, error) {
	m := intake.Machine{Place: f.Name, Kind: intake.KindUnknown, SHA256: hashOf(f.Body)}
	switch {
	case wire.IsSealed(f.Body):
		m.Kind, m.Source = intake.KindSealed, asset.SourceUSB
		err := d.open(ctx, q, o, f.Body, nowMS, &m)
		return m, err
	case isReport(f.Body):
		m.Problem = fault.New(fault.CodeUnsupported, "intake.error.not_sealed").WithHint("intake.error.not_sealed.hint")
	default:
		report, ok := systemInfo(f.Body)
		if !ok {
			return m, m.Refuse(fault.New(fault.CodeUnsupported, "intake.error.unknown_file"))
		}
		m.Kind, m.Source, m.AtMS = intake.KindSysInfo, asset.SourceScript, nowMS
		describe(&m, report)
	}
	return m, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// open decrypts a sealed file. Errors are trouble with the database; what is wrong with
// the file becomes its problem.
func (d Door) open(ctx context.Context, q store.Querier, o intake.Order, body []byte, nowMS int64, m *intake.Machine) error {
	id, err := wire.SealedKit(body)
	if err != nil {
		return m.Refuse(sealedFault(err))
	}
	named, err := d.server.identity.KitByID(ctx, q, id)
	switch {
	case fault.Is(err, fault.CodeNotFound):
		return m.Refuse(fault.NotFound("intake.error.other_server").WithHint("identity.error.kit.hint"))
	case err != nil:
		return err
	case named.FacilityID != o.FacilityID: // its name is not for this facility's eyes
		return m.Refuse(fault.Forbidden("intake.error.other_facility"))
	}
	m.KitID, m.KitName = named.ID, named.Name
	kit, err := d.server.identity.KitKeys(ctx, q, id)
	if fault.Is(err, fault.CodeForbidden) {
		return m.Refuse(fault.Of(err))
	}
	if err != nil {
		return err
	}
	report, err := d.decrypt(ctx, body, kit)
	if err != nil {
		if _, ok := errors.AsType[*wire.Refusal](err); !ok {
			return err
		}
		return m.Refuse(sealedFault(err))
	}
	m.AtMS = believed(report, kit.CreatedMS, nowMS)
	describe(m, report)
	return nil
}

// decrypt opens a sealed file; only a few at a time, because one may take up to its
// limits in memory.
func (d Door) decrypt(ctx context.Context, body []byte, kit identity.KitKeys) (*wire.Report, error) {
	select {
	case d.server.decoding <- struct{}{}:
		defer func() { <-d.server.decoding }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return wire.OpenSealed(body, kit.Identity, kit.PublicKey)
}

// sealedFault words a refusal of a sealed file.
func sealedFault(err error) *fault.Error {
	refusal, ok := errors.AsType[*wire.Refusal](err)
	if !ok {
		return faultOf(err)
	}
	switch refusal.Code {
	case wire.CodeSignature, wire.CodeEncoding, wire.CodeTruncated:
		return fault.Invalid("intake.error.sealed_" + string(refusal.Code)).Because(err)
	case wire.CodeWrongVersion:
		return fault.New(fault.CodeUnsupported, "intake.error.sealed_version").Because(err)
	}
	return faultOf(err)
}

// believed is when a report was taken, as far as that can be believed. It cannot be
// before its kit was made, nor after now; a clock that says so tells nothing, and the
// time of reading takes its place.
func believed(report *wire.Report, notBeforeMS, nowMS int64) int64 {
	at := report.CollectedMS
	if at < notBeforeMS-wire.MaxClockSkewMS || at > nowMS+wire.MaxClockSkewMS {
		report.Notes = append(report.Notes, wire.Note{Section: wire.SecOS, State: wire.Partial, Reason: "the clock of the machine is wrong: the time of the import is taken in its place"})
		return nowMS
	}
	return min(at, nowMS)
}

// describe fills in what is told of a machine's report.
func describe(m *intake.Machine, report *wire.Report) {
	m.Report = report
	if s := report.Sections.OS; s != nil {
		m.Name = s.HostName
	}
	if h := report.Sections.Hardware; h != nil && m.Name == "" {
		m.Name = h.HostName
	}
	for _, body := range report.Sections.Carried() {
		m.Contents = append(m.Contents, intake.Content{Section: string(body.Section), Rows: rowsOf(body.Value)})
	}
	for _, n := range report.Notes {
		m.Gaps = append(m.Gaps, intake.Gap{Section: string(n.Section), State: string(n.State), Reason: n.Reason})
	}
}

// rowsOf counts the rows of a section; 1 for one that is no list.
func rowsOf(section any) int {
	v := reflect.Indirect(reflect.ValueOf(section))
	if v.Kind() == reflect.Slice {
		return v.Len()
	}
	return 1
}

// sortPlaces puts machines in the order of their places.
func sortPlaces(list []intake.Machine) {
	slices.SortStableFunc(list, func(a, b intake.Machine) int { return strings.Compare(a.Place, b.Place) })
}
