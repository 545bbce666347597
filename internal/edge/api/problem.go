package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
)

// Problem is an error answer (RFC 9457) with our code and hint.
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank; the code tells kinds apart."`
	Title  string  `json:"title" doc:"What went wrong, in the caller's language."`
	Status int     `json:"status"`
	Code   string  `json:"code" doc:"Stable word: invalid, unauthenticated, forbidden, not_found, conflict, too_large, unsupported, too_many, unavailable, internal."`
	Hint   string  `json:"hint" doc:"What to do next."`
	Place  string  `json:"place,omitempty" doc:"Field or path the trouble is at."`
	Errors []Place `json:"errors,omitempty" doc:"Every wrong place, when the request did not fit the description."`

	retryMS int64
	allow   string // methods, with 405
}

// Place is one wrong part of a request.
type Place struct {
	Place  string `json:"place"`
	Detail string `json:"detail"`
}

// Error gives the title.
func (p *Problem) Error() string { return p.Code + ": " + p.Title }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType answers with the problem type whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryMS > 0 {
		h.Set("Retry-After", strconv.FormatInt((p.retryMS+999)/1000, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="sonae"`)
	}
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	return h
}

// retryFullMS is after how long to try again when the disk is full.
const retryFullMS = 60_000

// problemOf turns any error into a problem; unknown ones are logged whole.
func problemOf(err error, t text.Translator) *Problem {
	if made, ok := errors.AsType[*Problem](err); ok {
		return made
	}
	f := fault.Of(err)
	if f.Code == fault.CodeInternal && store.KindOf(err) == store.KindFull {
		f = fault.New(fault.CodeUnavailable, "api.error.full").WithHint("api.error.full.hint").Because(err)
		f.RetryMS = retryFullMS
	}
	if f.Code == fault.CodeInternal || f.Code == fault.CodeUnavailable {
		slog.Error("api request failed", "err", err)
	}
	p := &Problem{Type: "about:blank", Title: t.T(f.Key, f.Args...), Status: fault.Status(f), Code: string(f.Code), Place: f.Place, retryMS: f.RetryMS}
	if f.Hint == "" {
		f = f.WithHint("api.error.hint." + string(f.Code))
	}
	p.Hint = t.T(f.Hint, f.Args...)
	return p
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	maps.Copy(h, p.GetHeaders())
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the caller is gone when this fails
}

// codes gives the code for what huma itself refuses.
var codes = map[int]fault.Code{
	http.StatusBadRequest: fault.CodeInvalid, http.StatusUnprocessableEntity: fault.CodeInvalid, http.StatusNotFound: fault.CodeNotFound,
	http.StatusRequestEntityTooLarge: fault.CodeTooLarge, http.StatusUnsupportedMediaType: fault.CodeUnsupported, http.StatusRequestTimeout: fault.CodeUnavailable,
	http.StatusNotAcceptable: fault.CodeUnsupported,
}

var once sync.Once

// useProblems makes huma's own refusals (validation, sizes, types) problems of
// the same form. huma keeps the makers in package variables, so this is done once.
func useProblems(catalogue *text.Catalogue) {
	once.Do(func() {
		huma.DefaultArrayNullable = false // our lists are never null
		huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
			lang := ""
			if ctx != nil {
				lang = ctx.Header("Accept-Language")
			}
			return refusal(catalogue.For(text.Match(lang)), status, errs)
		}
		huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
			return refusal(catalogue.For(text.English), status, errs)
		}
	})
}

func refusal(t text.Translator, status int, errs []error) *Problem {
	code, ok := codes[status]
	if !ok {
		code = fault.CodeInternal
	}
	p := &Problem{Type: "about:blank", Title: t.T("api.error.request." + string(code)), Status: status, Code: string(code), Hint: t.T("api.error.request.hint")}
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer) // huma hands them over unwrapped
		if !ok {
			slog.Error("api request failed", "err", err)
			continue
		}
		detail := d.ErrorDetail()
		if strings.Contains(detail.Message, "request body too large") { // http.MaxBytesReader, inside a form
			p.Status, p.Code, p.Title = http.StatusRequestEntityTooLarge, string(fault.CodeTooLarge), t.T("api.error.request.too_large")
		}
		p.Errors = append(p.Errors, Place{Place: detail.Location, Detail: explain(t, detail.Message)})
	}
	if len(p.Errors) > 0 {
		p.Place = p.Errors[0].Place
	}
	return p
}

// details translate huma's English remarks. The first group becomes {{.Value}}.
var details = []struct {
	form *regexp.Regexp
	key  string
}{
	{regexp.MustCompile(`^unexpected property|^unknown query parameter`), "api.error.detail.unknown"},
	{regexp.MustCompile(`^expected required property (\S+)`), "api.error.detail.missing"},
	{regexp.MustCompile(`^required \S+ parameter is missing|^request body is required`), "api.error.detail.missing_here"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"`), "api.error.detail.one_of"},
	{regexp.MustCompile(`^expected string to match pattern|^expected string to be`), "api.error.detail.form"},
	{regexp.MustCompile(`^expected string`), "api.error.detail.string"},
	{regexp.MustCompile(`^expected integer|^invalid integer`), "api.error.detail.integer"},
	{regexp.MustCompile(`^expected number (>=|>) (\S+)`), "api.error.detail.at_least"},
	{regexp.MustCompile(`^expected number (<=|<) (\S+)`), "api.error.detail.at_most"},
	{regexp.MustCompile(`^expected number|^invalid float`), "api.error.detail.number"},
	{regexp.MustCompile(`^expected boolean|^invalid boolean`), "api.error.detail.boolean"},
	{regexp.MustCompile(`^expected object`), "api.error.detail.object"},
	{regexp.MustCompile(`^expected array (?:length|items).*?(\d+)?$`), "api.error.detail.count"},
	{regexp.MustCompile(`^expected array`), "api.error.detail.array"},
	{regexp.MustCompile(`^expected length >= (\d+)`), "api.error.detail.too_short"},
	{regexp.MustCompile(`^expected length <= (\d+)`), "api.error.detail.too_long"},
	{regexp.MustCompile(`request body too large`), "api.error.request.too_large"},
}

// explain puts a remark into the caller's language; one that is not known is
// answered with a general word, because it may carry anything.
func explain(t text.Translator, remark string) string {
	if key, offset, ok := strings.Cut(remark, "|"); ok && strings.HasPrefix(key, "api.error.body.") {
		return t.T(key, "Offset", offset)
	}
	for _, d := range details {
		if m := d.form.FindStringSubmatch(remark); m != nil {
			return t.T(d.key, "Value", m[len(m)-1])
		}
	}
	return t.T("api.error.detail.other")
}
