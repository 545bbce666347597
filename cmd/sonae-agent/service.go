package main

import (
	"context"
	_ "embed" // unit and property list
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kardianos/service"

	"sonae/internal/agent"
)

// The definitions of the service, as the packages install them. A program that
// installs itself uses the same ones with its own path in the place of theirs.
//
//go:embed unit/sonae-agent.service
var unit string

//go:embed unit/sonae-agent.plist
var plist string

// Places of the packages; the definitions above name them.
const (
	packagedProgram = "/usr/bin/sonae-agent"
	macProgram      = "/Library/PrivilegedHelperTools/sonae-agent"
)

// packagedUnits are where distributions keep the units of packages.
var packagedUnits = []string{"/usr/lib/systemd/system/sonae-agent.service", "/lib/systemd/system/sonae-agent.service"}

// systemdScript is the unit in the words of kardianos/service's templates.
func systemdScript() string {
	return strings.Replace(unit, "ExecStart="+packagedProgram+" run", "ExecStart={{Path | cmdEscape}}{{range Arguments}} {{. | cmd}}{{end}}", 1)
}

// launchdConfig is the property list in the same words.
func launchdConfig() string {
	return strings.Replace(plist, "<string>"+macProgram+"</string>\n\t\t<string>run</string>\n",
		"<string>{{Path | html}}</string>\n{{range Arguments}}\t\t<string>{{. | html}}</string>\n{{end}}", 1)
}

// program only stands for the service where kardianos/service installs one.
type program struct{}

// Start is never called: the agent does not run through kardianos/service.
func (program) Start(service.Service) error { return errors.New("start \"sonae-agent run\"") }

// Stop is never called.
func (program) Stop(service.Service) error { return nil }

func describe(arguments ...string) *service.Config {
	return &service.Config{
		Name: "sonae-agent", DisplayName: "Sonae agent",
		Description: "Sonae agent: inventory of this machine",
		Arguments:   arguments,
		Option: service.KeyValue{
			"SystemdScript":          systemdScript(),
			"LaunchdConfig":          launchdConfig(),
			"OnFailure":              "restart", // Windows
			"OnFailureDelayDuration": "30s",
		},
	}
}

// runArguments are what the service is started with; everything else is in the
// state folder.
func runArguments(state string) []string {
	arguments := []string{"run"}
	if runtime.GOOS == "windows" {
		arguments = append(arguments, "--service")
	}
	if state != defaultStateDir() {
		arguments = append(arguments, "--state", state)
	}
	return arguments
}

// keep writes settings and token into the state folder, never into a unit or a
// registry key, where everybody could read them.
func (f *serverFlags) keep() error {
	for _, path := range []*string{&f.State, &f.CA} {
		if *path == "" {
			continue
		}
		full, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = full
	}
	err := agent.KeepSettings(f.State, agent.Settings{Server: f.Server, Pin: f.Pin, CAFile: f.CA, IntervalMS: f.Interval.Milliseconds()})
	if err == nil && f.Token != "" {
		err = agent.KeepToken(f.State, f.Token)
	}
	if errors.Is(err, fs.ErrPermission) {
		return forbidden(f.State)
	}
	return err
}

// errSayServer is the one thing that nobody can guess.
var errSayServer = errors.New("say which server to report to: --server URL --token TOKEN")

type configureCmd struct {
	serverFlags
}

// Run keeps the settings.
func (c *configureCmd) Run(out io.Writer) error {
	if c.Server == "" {
		return errSayServer
	}
	if err := c.keep(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "the service will report to %s\n", c.Server)
	return err
}

type installCmd struct {
	serverFlags
}

// Run sends a first report, so that mistakes show now, and installs the service.
func (i *installCmd) Run(ctx context.Context, out io.Writer) error {
	if i.Server == "" {
		return errSayServer
	}
	a, err := i.open(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	result, err := a.Once(ctx)
	switch {
	case err == nil:
		fmt.Fprintf(out, "reported as device %s\n", result.DeviceID)
		i.Token = "" // used
	case refused(err) || i.Token == "":
		return err
	default:
		// The server may not be reachable from where machines are prepared.
		fmt.Fprintf(out, "the server is not reachable now (%v); the service will try again\n", err)
	}
	if err := i.keep(); err != nil {
		return err
	}
	return install(i.State, out)
}

// refused tells that the server answered, and did not want this machine.
func refused(err error) bool {
	var problem *agent.Problem
	return errors.As(err, &problem) && problem.Status < 500
}

// packaged tells that a package brought this program and its unit.
func packaged() bool {
	self, err := os.Executable()
	if err != nil || runtime.GOOS != "linux" || self != packagedProgram {
		return false
	}
	for _, name := range packagedUnits {
		if _, err := os.Stat(name); err == nil {
			return true
		}
	}
	return false
}

// install makes the service, or takes the one that a package made, and starts it.
func install(state string, out io.Writer) error {
	if packaged() && state != defaultStateDir() {
		return fmt.Errorf("the service of the package keeps its state in %s; leave out --state", defaultStateDir())
	}
	s, err := service.New(program{}, describe(runArguments(state)...))
	if err != nil {
		return fmt.Errorf("no service manager that the agent knows; start \"sonae-agent run\" by your own means: %w", err)
	}
	status, err := s.Status()
	if errors.Is(err, service.ErrNotInstalled) && !packaged() {
		if err := s.Install(); err != nil {
			return needsRights("install the service", err)
		}
	}
	start := s.Start
	if status == service.StatusRunning {
		start = s.Restart // with the new settings
	}
	if err := start(); err != nil {
		return needsRights("start the service", err)
	}
	_, err = fmt.Fprintln(out, "the service sonae-agent is installed and running")
	return err
}

type uninstallCmd struct{}

// Run stops and removes the service.
func (uninstallCmd) Run(out io.Writer) error {
	if packaged() {
		return errors.New("a package installed this agent; remove it with the package manager, for example: apt remove sonae-agent")
	}
	s, err := service.New(program{}, describe())
	if err != nil {
		return fmt.Errorf("no service manager that the agent knows: %w", err)
	}
	if err := s.Stop(); err != nil {
		fmt.Fprintf(out, "stop: %v\n", err)
	}
	if err := s.Uninstall(); err != nil {
		return needsRights("remove the service", err)
	}
	_, err = fmt.Fprintln(out, "the service sonae-agent is removed")
	return err
}

func needsRights(what string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: no right; run as administrator (root)", what)
	}
	return fmt.Errorf("%s: %w", what, err)
}
