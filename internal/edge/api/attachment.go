package api

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// maxUploadBytes is an attachment with what a form puts around it.
const maxUploadBytes = asset.MaxAttachmentBytes + maxBodyBytes

func (a *API) registerAttachments() {
	handle(a, op{method: get, path: "/assets/{id}/attachments", id: "listAttachments", summary: "Documents kept with an asset", action: identity.AttachmentRead}, a.listAttachments)
	handle(a, op{method: post, path: "/assets/{id}/attachments", id: "addAttachment", summary: "Attach a document, 25 MB at most", action: identity.AttachmentEdit, status: 201, maxBody: maxUploadBytes,
		about: "The type is found in the content: PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, plain text and CSV."}, a.addAttachment)
	handle(a, op{method: get, path: "/assets/{id}/attachments/{attachment}", id: "downloadAttachment", summary: "Download a document", action: identity.AttachmentRead}, a.downloadAttachment)
	handle(a, op{method: remove, path: "/assets/{id}/attachments/{attachment}", id: "removeAttachment", summary: "Take a document off an asset", action: identity.AttachmentEdit, status: 204}, a.removeAttachment)
}

// Attachment is a file kept with an asset, a record or an appointment.
type Attachment struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	MediaType string     `json:"media_type" doc:"As found in the content."`
	SizeBytes int64      `json:"size_bytes"`
	SHA256    string     `json:"sha256"`
	By        string     `json:"by"`
	AddedAt   *time.Time `json:"added_at"`
}

func attachmentOut(f asset.Attachment) Attachment {
	return Attachment{ID: f.ID, Name: f.Name, MediaType: f.MediaType, SizeBytes: f.SizeBytes, SHA256: f.SHA256, By: f.By, AddedAt: moment(f.AddedMS)}
}

type attachmentsIn struct {
	ByID
	Paging
}

func (a *API) listAttachments(ctx context.Context, p identity.Principal, in *attachmentsIn) (*List[Attachment], error) {
	if _, err := a.asset(ctx, p, identity.AttachmentRead, in.ID); err != nil {
		return nil, err
	}
	all, err := asset.Attachments(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return window("attachments", each(all, attachmentOut), in.Paging, func(f Attachment) string { return f.ID })
}

type addAttachmentIn struct {
	ByID
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true"`
	}]
}

func (a *API) addAttachment(ctx context.Context, p identity.Principal, in *addAttachmentIn) (*One[Attachment], error) {
	row, err := a.asset(ctx, p, identity.AttachmentEdit, in.ID)
	if err != nil {
		return nil, err
	}
	file := in.RawBody.Data().File
	defer func() { _ = file.Close() }()
	var made asset.Attachment
	err = audit.Do(ctx, a.DB, p, identity.AttachmentEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		made, err = asset.Attach(ctx, tx, scopeOf(p, identity.AttachmentEdit), in.ID, file.Filename, file, p.Name, a.nowMS())
		return attachmentDetail(made, "attached"), err
	})
	if err != nil {
		return nil, err
	}
	return one(attachmentOut(made)), nil
}

// attachmentDetail is what the audit log keeps of a document.
func attachmentDetail(f asset.Attachment, what string) map[string]string {
	return map[string]string{"attachment": f.ID, "name": f.Name, "sha256": f.SHA256, "size_bytes": strconv.FormatInt(f.SizeBytes, 10), "what": what}
}

type attachmentIn struct {
	ByID
	Attachment string `path:"attachment" maxLength:"100"`
}

// oneAttachment checks the asset and the form of the attachment's identifier.
func (a *API) oneAttachment(ctx context.Context, p identity.Principal, do identity.Action, in *attachmentIn) (asset.Asset, error) {
	row, err := a.asset(ctx, p, do, in.ID)
	if err == nil && !store.ValidID(in.Attachment) {
		err = errNothing
	}
	return row, err
}

func (a *API) downloadAttachment(ctx context.Context, p identity.Principal, in *attachmentIn) (*huma.StreamResponse, error) {
	if _, err := a.oneAttachment(ctx, p, identity.AttachmentRead, in); err != nil {
		return nil, err
	}
	f, content, err := asset.OpenAttachment(ctx, a.DB, scopeOf(p, identity.AttachmentRead), in.ID, in.Attachment)
	if fault.Is(err, fault.CodeNotFound) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	return download(f.Name, f.MediaType, f.SizeBytes, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	}), nil
}

func (a *API) removeAttachment(ctx context.Context, p identity.Principal, in *attachmentIn) (*None, error) {
	row, err := a.oneAttachment(ctx, p, identity.AttachmentEdit, in)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AttachmentEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		gone, err := asset.Detach(ctx, tx, scopeOf(p, identity.AttachmentEdit), in.ID, in.Attachment, p.Name, a.nowMS())
		return attachmentDetail(gone, "removed"), err
	})
	return &None{}, err
}

// download answers with a file that browsers keep and never show. When writing
// breaks off, the connection does, too: half a file must not look whole.
func download(name, media string, sizeBytes int64, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", media)
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		if sizeBytes > 0 {
			ctx.SetHeader("Content-Length", strconv.FormatInt(sizeBytes, 10))
		}
		ctx.SetStatus(http.StatusOK)
		if ctx.Method() == http.MethodHead {
			return
		}
		if err := write(ctx.BodyWriter()); err != nil {
			slog.Warn("download broke off", "name", name, "err", err)
			panic(http.ErrAbortHandler)
		}
	}}
}
