package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/treat/vendor"
)

// maxUpload bounds the body of an upload: the file and the form around it.
const maxUpload = asset.MaxAttachmentBytes + 1<<20

// assetDocuments is the page of a device's files and contracts.
func assetDocuments(s *site, c *call) error { return assetDocumentsPage(s, c, nil) }

func assetDocumentsPage(s *site, c *call, wrong error) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	dep := o.Values[asset.FieldDepartment]
	v := &view.AssetDocuments{Page: page, Head: c.assetHead(o, "documents"), Types: strings.Join(asset.AttachmentTypes(), ","), MaxMB: asset.MaxAttachmentBytes >> 20}
	v.CanImport = o.day == "" && c.who.CanAt(identity.AssetImport, o.FacilityID, "")
	v.CanAttach = o.day == "" && c.who.CanAt(identity.AttachmentEdit, o.FacilityID, dep)
	if c.who.CanAt(identity.AttachmentRead, o.FacilityID, dep) {
		files, err := asset.Attachments(c.r.Context(), s.deps.DB, o.ID)
		if err != nil {
			return err
		}
		for _, f := range files {
			v.Files = append(v.Files, view.FileRow{ID: f.ID, Name: f.Name, Size: c.tr.Bytes(f.SizeBytes), By: f.By, AtMS: f.AddedMS, SHA256: f.SHA256,
				Proof: o.Values[asset.FieldDisposalProof] == f.ID})
		}
	}
	if c.who.CanAt(identity.VendorRead, o.FacilityID, "") {
		if err := c.documentContracts(v, o); err != nil {
			return err
		}
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// documentContracts adds the contracts that cover the device, and the others with
// its vendor.
func (c *call) documentContracts(v *view.AssetDocuments, o openAsset) error {
	found, rows, err := c.assetContracts(o)
	v.Vendor, v.Covering = found, rows
	if err != nil || found == nil || found.ID == "" {
		return err
	}
	all, _, _, err := vendor.Contracts(c.r.Context(), c.s.deps.DB, vendor.ContractFilter{Facilities: []string{o.FacilityID}, VendorID: found.ID})
	if err != nil {
		return err
	}
	covered := map[string]bool{}
	for _, r := range rows {
		covered[r.ID] = true
	}
	others, err := c.contractRows(all)
	for _, r := range others {
		if !covered[r.ID] {
			v.Others = append(v.Others, r)
		}
	}
	return err
}

// assetAttach keeps an uploaded file with a device.
func assetAttach(s *site, c *call) error {
	file, name, err := c.upload("file")
	if err != nil {
		if fault.Of(err).Code == fault.CodeInternal {
			return err
		}
		return assetDocumentsPage(s, c, err)
	}
	defer func() { _ = file.Close() }()
	a, err := c.assetFor(identity.AttachmentEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AttachmentEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		f, err := asset.Attach(ctx, tx, c.assetScope(identity.AttachmentEdit), a.ID, name, file, c.by(), c.nowMS())
		return map[string]any{"attached": f.Name, "size_bytes": f.SizeBytes, "sha256": f.SHA256}, err
	})
	if err != nil {
		return assetDocumentsPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID+"/documents", "asset.file.kept")
}

// upload reads one file of a multipart form; the file lies on disk beyond 1 MiB.
func (c *call) upload(field string) (file multipart.File, name string, err error) {
	if err := c.r.ParseMultipartForm(1 << 20); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, "", fault.TooLarge("blob.error.file_large", "Max", asset.MaxAttachmentBytes>>20)
		}
		return nil, "", fault.Invalid("blob.error.file_empty").Because(err)
	}
	f, head, err := c.r.FormFile(field)
	if err != nil {
		return nil, "", fault.Invalid("blob.error.file_empty").Because(err)
	}
	return f, head.Filename, nil
}

// uploads reads all files of a field of a multipart form, those that a browser sends for
// an empty field excepted.
func (c *call) uploads(field string) ([]intake.File, error) {
	first, _, err := c.upload(field)
	if err != nil {
		return nil, err
	}
	_ = first.Close()
	var out []intake.File
	for _, head := range c.r.MultipartForm.File[field] {
		f, err := head.Open()
		if err != nil {
			return nil, fmt.Errorf("open upload: %w", err)
		}
		body, err := io.ReadAll(io.LimitReader(f, blob.MaxFileBytes+1))
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("read upload: %w", err)
		}
		out = append(out, intake.File{Name: head.Filename, Body: body})
	}
	return out, nil
}

// assetFile sends an attachment.
func assetFile(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	fileID, err := c.id("file")
	if err != nil {
		return err
	}
	f, content, err := asset.OpenAttachment(c.r.Context(), s.deps.DB, c.assetScope(identity.AttachmentRead), id, fileID)
	if err != nil {
		return err
	}
	return c.sendFile(f.Name, f.SizeBytes, content)
}

// sendFile sends a file of a person as a download, never to be shown by the browser.
func (c *call) sendFile(name string, sizeBytes int64, content io.Reader) error {
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.FormatInt(sizeBytes, 10))
	_, err := io.Copy(c.w, content)
	return c.broken(err)
}

// assetDetach takes a file off a device.
func assetDetach(s *site, c *call) error {
	fileID, err := c.id("file")
	if err != nil {
		return err
	}
	a, err := c.assetFor(identity.AttachmentEdit)
	if err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AttachmentEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		f, err := asset.Detach(ctx, tx, c.assetScope(identity.AttachmentEdit), a.ID, fileID, c.by(), c.nowMS())
		return map[string]any{"detached": f.Name, "sha256": f.SHA256}, err
	})
	if err != nil {
		return assetDocumentsPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID+"/documents", "asset.file.removed")
}
