package probe

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"sonae/internal/survey/network"
)

// pageBytes is how much of a first page is read: titles stand at its beginning.
const pageBytes = 64 << 10

// http asks for the first page. A redirect is noted by nobody and followed by nobody: it
// may lead anywhere.
func (h *host) http(_ context.Context, c net.Conn) error {
	if _, err := io.WriteString(c, httpRequest(h.addr)); err != nil {
		return err
	}
	body, err := readAll(c, pageBytes)
	readHTTP(body, &h.traits)
	return err
}

func httpRequest(addr netip.Addr) string {
	host := addr.String()
	if addr.Is6() {
		host = "[" + host + "]"
	}
	return "GET / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Sonae network inventory\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
}

// readAll reads until the other end stops, limit bytes or the deadline, and gives what came.
func readAll(c io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, io.LimitReader(c, limit))
	if b.Len() > 0 {
		err = nil
	}
	return b.Bytes(), err
}

// readHTTP reads an answer: the server's name and the page's title.
func readHTTP(b []byte, t *traits) {
	answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), &http.Request{Method: http.MethodGet})
	if err != nil {
		return
	}
	defer func() { _ = answer.Body.Close() }()
	t.add(network.TraitHTTPServer, clean([]byte(answer.Header.Get("Server")), network.TraitMax))
	if !strings.Contains(strings.ToLower(answer.Header.Get("Content-Type")), "html") && answer.Header.Get("Content-Type") != "" {
		return
	}
	page, err := charset.NewReader(io.LimitReader(answer.Body, pageBytes), answer.Header.Get("Content-Type"))
	if err != nil {
		return
	}
	t.add(network.TraitHTTPTitle, titleOf(page))
}

// titleOf is the text of the first title element.
func titleOf(page io.Reader) string {
	z := html.NewTokenizer(page)
	z.SetMaxBuf(pageBytes)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) != "title" {
				continue
			}
			if z.Next() == html.TextToken {
				return cut(html.UnescapeString(string(z.Text())), 255)
			}
			return ""
		}
	}
}
