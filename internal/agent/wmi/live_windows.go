package wmi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	ole "github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"
)

// Codes of COM and of WMI (winerror.h, wbemcli.h).
const (
	codeNoInterface     = 0x80004002
	codeAccessDenied    = 0x80070005
	codeWbemDenied      = 0x80041003
	codeWbemNamespace   = 0x8004100e
	codeWbemClass       = 0x80041010
	codeWbemNotFound    = 0x80041002
	codeFalse           = 0x00000001 // S_FALSE: this thread has COM already; there are no more rows
	codeWbemQuery       = 0x80041017
	codeServiceDisabled = 0x80070422
)

// Flags of SWbemServices.ExecQuery: return at once and walk forward only, so that
// WMI keeps no rows (wbemFlagReturnImmediately + wbemFlagForwardOnly).
const queryFlags = 0x10 + 0x20

// Live is the WMI of this machine. All queries run on one thread, one after the
// other; while one does not come back, the next ones are refused instead of
// piling up.
type Live struct {
	turn sync.Mutex
	busy bool
}

// Query asks this machine.
func (l *Live) Query(ctx context.Context, namespace, class string, properties ...string) ([]Row, error) {
	text, err := statement(class, properties)
	if err != nil {
		return nil, err
	}
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	type answer struct {
		rows []Row
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		defer l.leave()
		defer func() {
			if p := recover(); p != nil { // a damaged provider must not end the agent
				done <- answer{err: fmt.Errorf("panic: %v", p)}
			}
		}()
		// The thread is given up with the goroutine where COM was started on it.
		runtime.LockOSThread()
		rows, err := ask(namespace, text, properties)
		if code(err) == codeWbemQuery { // this version of Windows lacks one of the properties
			rows, err = ask(namespace, "SELECT * FROM "+class, properties)
		}
		if err != nil {
			err = explain(err)
		}
		done <- answer{rows, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("WMI %s: %w", class, ctx.Err())
	case a := <-done:
		if a.err != nil {
			return a.rows, fmt.Errorf("WMI %s: %w", class, a.err)
		}
		return a.rows, nil
	}
}

// enter waits for its turn, for a little longer than a healthy query takes.
func (l *Live) enter(ctx context.Context) error {
	for range 50 {
		l.turn.Lock()
		if !l.busy {
			l.busy = true
			l.turn.Unlock()
			return nil
		}
		l.turn.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("an earlier question to WMI is not answered yet")
}

func (l *Live) leave() {
	l.turn.Lock()
	l.busy = false
	l.turn.Unlock()
}

// ask runs one query from start to end on the calling thread.
func ask(namespace, text string, properties []string) ([]Row, error) {
	if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil && code(err) != codeFalse {
		return nil, err
	}
	defer ole.CoUninitialize()
	services, release, err := connect(namespace)
	if err != nil {
		return nil, err
	}
	defer release()
	found, err := oleutil.CallMethod(services, "ExecQuery", text, "WQL", int32(queryFlags))
	if err != nil {
		return nil, err
	}
	defer clearVariant(found)
	walker, err := found.ToIDispatch().GetProperty("_NewEnum")
	if err != nil {
		return nil, err
	}
	defer clearVariant(walker)
	enum, err := walker.ToIUnknown().IEnumVARIANT(ole.IID_IEnumVariant)
	if err != nil {
		return nil, err
	}
	defer enum.Release()
	return walk(enum, properties)
}

// walk reads all rows. An unknown class shows only here, at the first step.
func walk(enum *ole.IEnumVARIANT, properties []string) ([]Row, error) {
	rows := []Row{}
	for {
		item, length, err := enum.Next(1)
		if length == 0 {
			if err == nil || code(err) == codeFalse {
				return rows, nil
			}
			return rows, err
		}
		if len(rows) >= MaxRows {
			_ = item.Clear()
			return rows, fmt.Errorf("more than %d rows, the first are used", MaxRows)
		}
		row, err := readRow(item.ToIDispatch(), properties)
		_ = item.Clear()
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// connect opens a namespace of this machine. The server has to be named: without
// it some implementations answer with a type mismatch.
func connect(namespace string) (*ole.IDispatch, func(), error) {
	unknown, err := oleutil.CreateObject("WbemScripting.SWbemLocator")
	if err != nil {
		return nil, nil, err
	}
	defer unknown.Release()
	locator, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return nil, nil, err
	}
	defer locator.Release()
	services, err := oleutil.CallMethod(locator, "ConnectServer", ".", namespace)
	if err != nil {
		return nil, nil, err
	}
	if services.ToIDispatch() == nil {
		_ = services.Clear()
		return nil, nil, ErrNotThere
	}
	// The namespace of BitLocker takes encrypted calls only (wbemAuthenticationLevelPktPrivacy).
	if security, err := oleutil.GetProperty(services.ToIDispatch(), "Security_"); err == nil && security.ToIDispatch() != nil {
		_, _ = oleutil.PutProperty(security.ToIDispatch(), "AuthenticationLevel", int32(6))
		_ = security.Clear()
	}
	return services.ToIDispatch(), func() { _ = services.Clear() }, nil
}

// readRow reads properties as Properties_.Item(name).Value; not every
// implementation of the scripting interface has them as members of the object.
func readRow(object *ole.IDispatch, properties []string) (Row, error) {
	set, err := oleutil.GetProperty(object, "Properties_")
	if err != nil {
		return nil, err
	}
	defer clearVariant(set)
	row := Row{}
	for _, name := range properties {
		item, err := oleutil.CallMethod(set.ToIDispatch(), "Item", name)
		if err != nil {
			continue // not on this version of Windows
		}
		value, err := oleutil.GetProperty(item.ToIDispatch(), "Value")
		_ = item.Clear()
		if err != nil {
			continue
		}
		if text, ok := variantText(value); ok {
			row[strings.ToLower(name)] = text
		}
		_ = value.Clear()
	}
	return row, nil
}

// clearVariant frees what a value holds; there is nothing to do when it fails.
func clearVariant(v *ole.VARIANT) { _ = v.Clear() }

// variantText writes a value as Row says; false for null and objects.
func variantText(v *ole.VARIANT) (string, bool) {
	if v.VT&ole.VT_ARRAY != 0 {
		array := v.ToArray()
		if array == nil {
			return "", false
		}
		var list []string
		for _, value := range array.ToValueArray() {
			if text, ok := valueText(value); ok && len(list) < 64 {
				list = append(list, text)
			}
		}
		return strings.Join(list, "\n"), len(list) > 0
	}
	return valueText(v.Value())
}

func valueText(value any) (string, bool) {
	switch value := value.(type) {
	case nil, *ole.IDispatch, *ole.IUnknown:
		return "", false
	case string:
		if len(value) > MaxTextBytes {
			value = strings.ToValidUTF8(value[:MaxTextBytes], "")
		}
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case time.Time:
		return value.UTC().Format(time.RFC3339), true
	default:
		return fmt.Sprint(value), true
	}
}

func code(err error) uintptr {
	var failure *ole.OleError
	if !errors.As(err, &failure) {
		return 0
	}
	// A call through IDispatch hides the object's own code in an exception.
	var e ole.EXCEPINFO
	if errors.As(failure.SubError(), &e) && e.SCODE() != 0 {
		return uintptr(e.SCODE())
	}
	return failure.Code()
}

// explain turns the codes that a collector decides on into its errors.
func explain(err error) error {
	switch c := code(err); c {
	case codeAccessDenied, codeWbemDenied:
		return fmt.Errorf("access denied (%#x): %w", c, fs.ErrPermission)
	case codeWbemNamespace, codeWbemClass, codeWbemNotFound:
		return fmt.Errorf("%w (%#x)", ErrNotThere, c)
	case codeNoInterface:
		return fmt.Errorf("WMI is damaged on this machine (%#x); run: winmgmt /verifyrepository", c)
	case codeServiceDisabled:
		return fmt.Errorf("the service of WMI is disabled (%#x)", c)
	case 0:
		return err
	default:
		return fmt.Errorf("%#x: %w", c, err)
	}
}
