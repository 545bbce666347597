package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	ole "github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"
)

// Bounds and words of the Windows Update Agent (wuapi.h).
const (
	maxOffers  = 1000
	maxHistory = 200
	// What is offered: not installed, not hidden by somebody, programs not drivers.
	updateQuery = "IsInstalled=0 and IsHidden=0 and Type='Software'"
	// The category "Security Updates".
	securityCategory = "0fa1201d-4330-4fa8-8ae9-b877473b6441"
)

// updateAgent asks the Windows Update Agent over COM, on a thread of its own. The
// search is offline: it looks at what the last one brought. It costs seconds of
// processor time in another process, so an answer is kept until the agent has
// searched or installed again, at most for updateMemory.
type updateAgent struct {
	turn   sync.Mutex
	last   WinUpdates
	lastAt time.Time
}

// updateMemory is a little less than a day, so that a daily change is seen daily.
const updateMemory = 20 * time.Hour

func (a *updateAgent) ask(ctx context.Context) (WinUpdates, error) {
	if !a.turn.TryLock() {
		return WinUpdates{}, errors.New("an earlier question is not answered yet")
	}
	type answer struct {
		updates WinUpdates
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		defer a.turn.Unlock()
		runtime.LockOSThread() // given up with the goroutine
		defer func() {
			if p := recover(); p != nil {
				done <- answer{err: fmt.Errorf("panic: %v", p)}
			}
		}()
		if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil && !isFalse(err) {
			done <- answer{err: err}
			return
		}
		defer ole.CoUninitialize()
		u := updateDates()
		if time.Since(a.lastAt) < updateMemory && u.CheckedMS == a.last.CheckedMS && u.InstalledMS == a.last.InstalledMS {
			done <- answer{a.last, nil}
			return
		}
		err := searchUpdates(&u)
		if err == nil {
			a.last, a.lastAt = u, time.Now()
		}
		done <- answer{u, err}
	}()
	select {
	case <-ctx.Done():
		return WinUpdates{}, ctx.Err()
	case a := <-done:
		return a.updates, a.err
	}
}

func isFalse(err error) bool {
	var failure *ole.OleError
	return errors.As(err, &failure) && failure.Code() == 1
}

// clearVariant frees what a value holds; there is nothing to do when it fails.
func clearVariant(v *ole.VARIANT) { _ = v.Clear() }

// object is an automation object that is released with the others of its walk.
type object struct{ *ole.IDispatch }

func newObject(id string) (object, error) {
	unknown, err := oleutil.CreateObject(id)
	if err != nil {
		return object{}, fmt.Errorf("%s: %w", id, err)
	}
	defer unknown.Release()
	dispatch, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return object{}, fmt.Errorf("%s: %w", id, err)
	}
	return object{dispatch}, nil
}

// get reads a property that is an object.
func (o object) get(name string, args ...any) (object, error) {
	value, err := oleutil.GetProperty(o.IDispatch, name, args...)
	if err != nil {
		return object{}, fmt.Errorf("%s: %w", name, err)
	}
	if value.ToIDispatch() == nil {
		return object{}, fmt.Errorf("%s: nothing", name)
	}
	return object{value.ToIDispatch()}, nil
}

// value reads a property; nil when it is not there.
func (o object) value(name string) any {
	v, err := oleutil.GetProperty(o.IDispatch, name)
	if err != nil {
		return nil
	}
	defer clearVariant(v)
	return v.Value()
}

func (o object) text(name string) string {
	text, _ := o.value(name).(string)
	return text
}

func (o object) number(name string) int64 {
	switch n := o.value(name).(type) {
	case int32:
		return int64(n)
	case int64:
		return n
	case uint32:
		return int64(n)
	}
	return 0
}

func (o object) timeMS(name string) int64 {
	when, ok := o.value(name).(time.Time)
	if !ok || when.Year() < 2000 || when.Year() > 2100 {
		return 0
	}
	return when.UnixMilli()
}

// each walks a collection with Count and Item.
func (o object) each(most int64, visit func(object)) {
	for i := range min(o.number("Count"), most) {
		item, err := o.get("Item", int32(i))
		if err != nil {
			return
		}
		visit(item)
		item.Release()
	}
}

// updateDates is what the agent tells without a search.
func updateDates() (u WinUpdates) {
	if auto, err := newObject("Microsoft.Update.AutoUpdate"); err == nil {
		if results, err := auto.get("Results"); err == nil {
			u.CheckedMS, u.InstalledMS = results.timeMS("LastSearchSuccessDate"), results.timeMS("LastInstallationSuccessDate")
			results.Release()
		}
		auto.Release()
	}
	if info, err := newObject("Microsoft.Update.SystemInfo"); err == nil {
		u.RebootNeed, _ = info.value("RebootRequired").(bool)
		info.Release()
	}
	return u
}

// searchUpdates adds what is offered, and what was tried.
func searchUpdates(u *WinUpdates) error {
	session, err := newObject("Microsoft.Update.Session")
	if err != nil {
		return err
	}
	defer session.Release()
	created, err := oleutil.CallMethod(session.IDispatch, "CreateUpdateSearcher")
	if err != nil {
		return fmt.Errorf("CreateUpdateSearcher: %w", err)
	}
	if created.ToIDispatch() == nil {
		return errors.New("CreateUpdateSearcher: nothing")
	}
	searcher := object{created.ToIDispatch()}
	defer searcher.Release()
	u.History = updateHistory(searcher)
	if _, err := oleutil.PutProperty(searcher.IDispatch, "Online", false); err != nil {
		return fmt.Errorf("the search cannot be kept offline: %w", err)
	}
	found, err := oleutil.CallMethod(searcher.IDispatch, "Search", updateQuery)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	defer clearVariant(found)
	if found.ToIDispatch() == nil {
		return errors.New("search: nothing")
	}
	offers, err := object{found.ToIDispatch()}.get("Updates")
	if err != nil {
		return err
	}
	defer offers.Release()
	offers.each(maxOffers, func(o object) { u.Pending = append(u.Pending, offer(o)) })
	return nil
}

// offer reads an IUpdate.
func offer(o object) WinPending {
	p := WinPending{Title: o.text("Title"), Severity: o.text("MsrcSeverity")}
	if articles, err := o.get("KBArticleIDs"); err == nil {
		if first, err := oleutil.GetProperty(articles.IDispatch, "Item", int32(0)); err == nil {
			if number := first.ToString(); number != "" {
				p.KB = "KB" + number
			}
			_ = first.Clear()
		}
		articles.Release()
	}
	if categories, err := o.get("Categories"); err == nil {
		categories.each(64, func(c object) { p.Security = p.Security || c.text("CategoryID") == securityCategory })
		categories.Release()
	}
	p.Security = p.Security || p.Severity != ""
	return p
}

// updateHistory reads the newest attempts.
func updateHistory(searcher object) []WinInstalled {
	counted, err := oleutil.CallMethod(searcher.IDispatch, "GetTotalHistoryCount")
	if err != nil {
		return nil
	}
	count, _ := counted.Value().(int32)
	if count <= 0 {
		return nil
	}
	history, err := oleutil.CallMethod(searcher.IDispatch, "QueryHistory", int32(0), min(count, maxHistory))
	if err != nil {
		return nil
	}
	defer clearVariant(history)
	if history.ToIDispatch() == nil {
		return nil
	}
	var list []WinInstalled
	object{history.ToIDispatch()}.each(maxHistory, func(h object) {
		list = append(list, WinInstalled{Title: h.text("Title"), AtMS: h.timeMS("Date"), Result: h.number("ResultCode")})
	})
	return list
}
