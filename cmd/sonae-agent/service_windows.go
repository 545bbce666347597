package main

import (
	"context"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// runService runs loop until the service manager says stop.
func runService(loop func(context.Context) error) error {
	restartAfterFailure()
	return svc.Run("sonae-agent", handler{loop})
}

// restartAfterFailure has Windows start the service again after a crash. An MSI
// made by wixl cannot say so itself.
func restartAfterFailure() {
	m, err := mgr.Connect()
	if err != nil {
		return
	}
	defer m.Disconnect() //nolint:errcheck // nothing to do about it
	s, err := m.OpenService("sonae-agent")
	if err != nil {
		return
	}
	defer s.Close() //nolint:errcheck // nothing to do about it
	again := mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: 30 * time.Second}
	_ = s.SetRecoveryActions([]mgr.RecoveryAction{again, again, again}, uint32((24 * time.Hour).Seconds()))
}

// handler answers the service manager.
type handler struct {
	loop func(context.Context) error
}

// Execute runs the loop; a loop that ends by itself is a failure of the service.
func (h handler) Execute(_ []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (bool, uint32) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- h.loop(ctx) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	changes <- running
	for {
		select {
		case <-done:
			return false, 1
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				changes <- running
			case svc.Stop, svc.Shutdown:
				changes <- svc.Status{State: svc.StopPending, WaitHint: uint32((20 * time.Second).Milliseconds())}
				stop()
				<-done
				return false, 0
			}
		}
	}
}
