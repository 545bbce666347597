package snmp

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"

	"sonae/internal/platform/fault"
)

// Host is a line of a list of hosts.
type Host struct {
	Address    string
	Credential string // name of a credential; empty = the default one
}

// Limits of a list of hosts and of a file of credentials.
const (
	hostsMost       = 100_000
	credentialsSize = 4 << 20
)

// ReadHosts reads "host[:port] [credential]" a line; # begins a remark, as do empty
// lines. Errors: invalid with the line.
func ReadHosts(r io.Reader) ([]Host, error) {
	var list []Host
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if len(words) > 2 || len(list) == hostsMost {
			return nil, fault.Invalid("snmp.error.host_line", "Line", n)
		}
		if _, _, err := SplitAddress(words[0]); err != nil {
			return nil, fault.Invalid("snmp.error.host_line", "Line", n)
		}
		h := Host{Address: words[0]}
		if len(words) == 2 {
			h.Credential = words[1]
		}
		list = append(list, h)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Invalid("snmp.error.host_line", "Line", len(list)+1).Because(err)
	}
	return list, nil
}

// ReadCredentials reads a JSON object of credentials by name: {"default": {"version":
// "2c", "community": "…"}}. A file that others than its owner may read is refused on
// Unix. Errors never hold a part of the file.
func ReadCredentials(path string) (map[string]Credential, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Invalid("snmp.error.credential_file", "File", path).Because(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fault.Invalid("snmp.error.credential_file", "File", path).Because(err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fault.Invalid("snmp.error.credential_mode", "File", path, "Mode", info.Mode().Perm().String())
	case info.Size() > credentialsSize:
		return nil, fault.TooLarge("snmp.error.credential_file", "File", path)
	}
	all := map[string]Credential{}
	d := json.NewDecoder(io.LimitReader(f, credentialsSize))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fault.Invalid("snmp.error.credential_form", "File", path).Because(errors.New("not the expected JSON"))
	}
	for name, c := range all {
		if err := c.Check(); err != nil {
			e := fault.Of(err)
			return nil, e.At(name + "." + e.Place)
		}
	}
	return all, nil
}

// EnvironmentCredential makes a credential of SONAE_SNMP_COMMUNITY, or of
// SONAE_SNMP_USER with SONAE_SNMP_AUTH, …_AUTH_KEY, …_PRIV and …_PRIV_KEY; false when
// neither is set.
func EnvironmentCredential(env func(string) string) (Credential, bool) {
	if user := env("SONAE_SNMP_USER"); user != "" {
		return Credential{Version: "3", User: user, Auth: env("SONAE_SNMP_AUTH"), AuthKey: env("SONAE_SNMP_AUTH_KEY"),
			Priv: env("SONAE_SNMP_PRIV"), PrivKey: env("SONAE_SNMP_PRIV_KEY")}, true
	}
	community := env("SONAE_SNMP_COMMUNITY")
	return Credential{Version: "2c", Community: community}, community != ""
}

// Targets joins hosts and credentials. Errors: a credential that no one has given.
func Targets(hosts []Host, credentials map[string]Credential) ([]Target, error) {
	out := make([]Target, len(hosts))
	for i, h := range hosts {
		name := h.Credential
		if name == "" {
			name = "default"
		}
		c, ok := credentials[name]
		if !ok {
			return nil, fault.Invalid("snmp.error.no_credential", "Name", name, "Host", h.Address)
		}
		out[i] = Target{Address: h.Address, Credential: c}
	}
	return out, nil
}
