package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/kardianos/service"

	"sonae/internal/agent"
)

// unit is the systemd unit, in the words of kardianos/service's templates. The
// agent reads what only root may read and writes its state folder; everything
// else is taken from it.
const unit = `[Unit]
Description={{Description}}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={{Path | cmdEscape}}{{range Arguments}} {{. | cmd}}{{end}}
Restart=always
RestartSec=30
StateDirectory=sonae-agent
StateDirectoryMode=0700
UMask=0077
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_NET_ADMIN CAP_SYS_PTRACE
MemoryMax=200M

[Install]
WantedBy=multi-user.target
`

// program ties the agent's loop to the service manager.
type program struct {
	loop func(context.Context) error
	ctx  context.Context
	stop context.CancelFunc
	done chan error
}

// Start must not block.
func (p *program) Start(service.Service) error {
	go func() { p.done <- p.loop(p.ctx) }()
	return nil
}

// Stop waits for the loop.
func (p *program) Stop(service.Service) error {
	p.stop()
	return <-p.done
}

func describe(arguments ...string) *service.Config {
	return &service.Config{
		Name: "sonae-agent", DisplayName: "Sonae agent",
		Description: "Sonae agent: inventory of this machine",
		Arguments:   arguments,
		Option: service.KeyValue{
			"SystemdScript": unit,
			"OnFailure":     "restart", // Windows
			"RunAtLoad":     true,      // macOS
		},
	}
}

// runService runs loop until ctx ends or, on Windows, the service manager says
// so.
func runService(ctx context.Context, loop func(context.Context) error) error {
	if service.Interactive() || service.Platform() == "linux-systemd" {
		return loop(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := service.New(&program{loop: loop, ctx: ctx, stop: cancel, done: make(chan error, 1)}, describe())
	if err != nil {
		return fmt.Errorf("talk to the service manager: %w", err)
	}
	return s.Run()
}

type installCmd struct {
	serverFlags
}

// Run sends a first report, so that mistakes show now, and installs the service.
// The token is not written into the unit, where everybody could read it.
func (i *installCmd) Run(ctx context.Context, out io.Writer) error {
	if i.Server == "" {
		return errors.New("say which server to report to: --server URL --token TOKEN")
	}
	for _, path := range []*string{&i.State, &i.CA} {
		if *path == "" {
			continue
		}
		full, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = full
	}
	a, err := i.open(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	result, err := a.Once(ctx)
	switch {
	case err == nil:
		fmt.Fprintf(out, "reported as device %s\n", result.DeviceID)
	case refused(err) || i.Token == "":
		return err
	default:
		// The server may not be reachable from where machines are prepared.
		fmt.Fprintf(out, "the server is not reachable now (%v); the service will try again\n", err)
		if err := agent.KeepToken(i.State, i.Token); err != nil {
			return err
		}
	}
	arguments := []string{"run", "--server", i.Server, "--state", i.State, "--interval", i.Interval.String()}
	if i.CA != "" {
		arguments = append(arguments, "--ca", i.CA)
	}
	if i.Pin != "" {
		arguments = append(arguments, "--pin", i.Pin)
	}
	return install(arguments, out)
}

// refused tells that the server answered, and did not want this machine.
func refused(err error) bool {
	var problem *agent.Problem
	return errors.As(err, &problem) && problem.Status < 500
}

func install(arguments []string, out io.Writer) error {
	s, err := service.New(&program{}, describe(arguments...))
	if err != nil {
		return fmt.Errorf("no service manager that the agent knows; start \"sonae-agent run\" by your own means: %w", err)
	}
	if err := s.Install(); err != nil {
		return needsRights("install the service", err)
	}
	if err := s.Start(); err != nil {
		return needsRights("start the service", err)
	}
	_, err = fmt.Fprintln(out, "the service sonae-agent is installed and running")
	return err
}

type uninstallCmd struct{}

// Run stops and removes the service.
func (uninstallCmd) Run(out io.Writer) error {
	s, err := service.New(&program{}, describe())
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
