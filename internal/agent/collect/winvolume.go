package collect

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

const spaceBitLocker = `root\CIMV2\Security\MicrosoftVolumeEncryption`

// winVolumes adds to the fixed drives whether BitLocker protects them. Only
// administrators may ask; others learn of the system drive from the registry.
func winVolumes(ctx context.Context, src *Source) ([]wire.Volume, error) {
	g := gaps{account: "SYSTEM"}
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	states, err := encryptable(ctx, src)
	switch {
	case errors.Is(err, wmi.ErrNotThere):
		states = map[string]bitLocker{} // Home editions and servers without the feature
		for _, v := range n.Volumes {
			states[strings.ToUpper(v.Mount)] = bitLocker{state: "off"}
		}
	case errors.Is(err, fs.ErrPermission):
		g.noRight = true
		g.say("BitLocker: the agent may not ask; run it as SYSTEM")
	default:
		g.add("BitLocker", err)
	}
	drive := strings.ToUpper(r.environment()["systemdrive"])
	list := []wire.Volume{}
	for _, v := range n.Volumes {
		state, told := states[strings.ToUpper(v.Mount)]
		v.Encryption, v.Method = state.state, state.method
		if !told {
			v.Encryption = "unknown"
			if strings.EqualFold(v.Mount, drive) && r.values(keyControl, "BitLockerStatus").Is("BootStatus", 1) {
				v.Encryption, v.Method = "on", "bitlocker"
			}
		}
		v.FreeBytes = v.FreeBytes >> 30 << 30
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b wire.Volume) int { return strings.Compare(a.Mount, b.Mount) })
	return list, g.err()
}

// bitLocker is the state of one volume in the words of wire.
type bitLocker struct{ state, method string }

// encryptionMethods are those of GetEncryptionMethod of Win32_EncryptableVolume
// (learn.microsoft.com).
var encryptionMethods = map[int64]string{
	1: "aes-128 with diffuser", 2: "aes-256 with diffuser", 3: "aes-128", 4: "aes-256", 5: "hardware", 6: "xts-aes-128", 7: "xts-aes-256",
}

// encryptable asks for all volumes BitLocker knows, by drive letter.
func encryptable(ctx context.Context, src *Source) (map[string]bitLocker, error) {
	w, err := src.wmi()
	if err != nil {
		return nil, err
	}
	rows, err := w.Query(ctx, spaceBitLocker, "Win32_EncryptableVolume", "DriveLetter", "ProtectionStatus", "ConversionStatus", "EncryptionMethod")
	if err != nil {
		return nil, err
	}
	states := map[string]bitLocker{}
	for _, row := range rows {
		if letter := strings.ToUpper(row.Text("DriveLetter")); letter != "" {
			states[letter] = bitLockerState(row)
		}
	}
	return states, nil
}

// bitLockerState: protected (1) and converted (1) is on. Converted without
// protection is "suspended": the key lies beside the data.
func bitLockerState(row wmi.Row) bitLocker {
	protection, told := row.Number("ProtectionStatus")
	conversion, converted := row.Number("ConversionStatus")
	method := strings.TrimSpace("bitlocker " + encryptionMethods[row.Int("EncryptionMethod")])
	switch {
	case !told || protection == 2:
		return bitLocker{"unknown", ""} // locked: it asks for its key first
	case protection == 1 && (!converted || conversion == 1):
		return bitLocker{"on", method}
	case conversion == 1:
		return bitLocker{"off", method + ", suspended"}
	case conversion == 2:
		return bitLocker{"off", method + ", being encrypted"}
	case conversion == 3:
		return bitLocker{"off", method + ", being decrypted"}
	case protection == 1:
		return bitLocker{"off", method + ", paused"}
	}
	return bitLocker{"off", ""}
}
