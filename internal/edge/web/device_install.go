package web

import (
	"net"
	"strings"

	"sonae/internal/edge/web/view"
)

// deviceInstall shows how the agent comes onto each system. With a code just made,
// enrolCreate shows the same commands with the code in them.
func deviceInstall(s *site, c *call) error {
	page, err := c.page(c.tr.T("devices.install"))
	if err != nil {
		return err
	}
	v := &view.DeviceInstall{Page: page, Server: s.deps.BaseURL.String(), Pin: s.deps.AgentPin, Local: localOnly(s.deps.BaseURL.Hostname())}
	v.Steps = installSteps(s, c, &v.Page, c.tr.T("devices.install.code"))
	return c.render(v)
}

// localOnly tells that an address leads nowhere from another machine.
func localOnly(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// installSteps are the commands for each system, as the packages of `make packages`
// take them. The server's key is named only when nobody known signed its certificate.
func installSteps(s *site, c *call, page *view.Page, code string) []view.OnceItem {
	server := strings.TrimSuffix(s.deps.BaseURL.String(), "/")
	msi, flags := "SERVER="+server+" TOKEN="+code, "--server "+server+" --token "+code
	if pin := s.deps.AgentPin; pin != "" {
		msi += " PIN=" + pin
		flags += " --pin " + pin
	}
	var items []view.OnceItem
	for _, step := range []struct{ id, label, hint, command string }{
		{"install-windows", "devices.install.windows", "devices.install.windows.hint", "msiexec /i sonae-agent-x64.msi /qn " + msi},
		{"install-deb", "devices.install.deb", "devices.install.deb.hint", "sudo apt install ./sonae-agent_*_amd64.deb && sudo sonae-agent install " + flags},
		{"install-rpm", "devices.install.rpm", "devices.install.rpm.hint", "sudo dnf install ./sonae-agent-*.x86_64.rpm && sudo sonae-agent install " + flags},
		{"install-macos", "devices.install.macos", "devices.install.macos.hint", "sudo ./install.sh " + flags},
	} {
		items = append(items, view.OnceItem{Label: c.tr.T(step.label), Secret: page.Secret(step.id, step.command), Hint: c.tr.T(step.hint)})
	}
	return items
}
