// Package document writes what leaves Sonae as a file: PDF for paper, Excel and CSV
// for further work, ZIP with a manifest for handing over. It knows nothing of the
// subject; callers give it texts in the reader's language.
//
// Its promise is that nothing is lost on the way. Every character given to a PDF
// comes out of it again (pdftotext is the judge in the tests); one that the font
// cannot draw becomes a visible 〓 with its code point, and is listed at the end. Excel cells and
// CSV fields hold the exact text, and text never turns into a formula. Equal input
// gives equal bytes in every format, so that a hash of a file proves its content.
//
//	pdf := document.NewPDF(document.PDFOptions{Title: "立入検査パック", Lang: "ja", Created: now})
//	pdf.Contents("目次")
//	pdf.Heading(1, "1. 機器台帳")
//	pdf.Table(document.Table{Columns: columns, Rows: rows})
//	report, err := pdf.Render(file)
//
// The fonts come from npm by lock file: `make assets` puts them into font/, from
// where they are embedded. They are read and parsed for each document and let go
// afterwards (20 ms a face), so an idle server holds none of them.
package document
