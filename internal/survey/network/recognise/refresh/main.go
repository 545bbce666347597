// Command refresh makes the embedded data of package recognise anew:
//
//	go run ./internal/survey/network/recognise/refresh -recog FOLDER -licence FILE
//	go run ./internal/survey/network/recognise/refresh -oui FILE -enterprises FILE
//
// They are a copy of the Recog project (folder xml) and its licence, the index.json of
// the npm package oui-data, and IANA's enterprise-numbers.txt (as in Debian's ipmitool).
// Only what is named is made anew. The output is the same for the same input.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// databases are those of Recog that fit a trait of package network or soon will.
var databases = []string{"dhcp_vendor_class", "ftp_banners", "hp_pjl_id", "html_title", "http_servers", "mdns_device-info_txt", "mdns_workstation_txt",
	"rtsp_servers", "sip_banners", "sip_user_agents", "smb_native_os", "snmp_sysdescr", "snmp_sysobjid", "ssh_banners", "telnet_banners", "x509_subjects"}

func main() {
	recog := flag.String("recog", "", "folder of the Recog project")
	licence := flag.String("licence", "", "its licence file")
	oui := flag.String("oui", "", "index.json of oui-data")
	numbers := flag.String("enterprises", "", "IANA's enterprise-numbers.txt")
	out := flag.String("out", "internal/survey/network/recognise/data", "folder of the embedded data")
	flag.Parse()
	if err := run(*recog, *licence, *oui, *numbers, *out); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run(recog, licence, oui, numbers, out string) error {
	if recog != "" {
		if err := zipRecog(recog, licence, filepath.Join(out, "recog.zip")); err != nil {
			return err
		}
	}
	if oui != "" {
		if err := packOUI(oui, filepath.Join(out, "oui.txt.gz")); err != nil {
			return err
		}
	}
	if numbers != "" {
		return packEnterprises(numbers, filepath.Join(out, "enterprises.txt.gz"))
	}
	return nil
}

func zipRecog(folder, licence, to string) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	put := func(name, from string) error {
		data, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate}) // no time: the same bytes every time
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	if err := put("LICENSE", licence); err != nil {
		return err
	}
	for _, d := range databases {
		if err := put(d+".xml", filepath.Join(folder, "xml", d+".xml")); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, b.Bytes(), 0o644)
}

func packOUI(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var index map[string]string
	if err := json.Unmarshal(data, &index); err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	blocks := map[string][]string{}
	for block, text := range index {
		name, _, _ := strings.Cut(text, "\n")
		name = strings.Join(strings.Fields(name), " ")
		blocks[name] = append(blocks[name], strings.ToUpper(block))
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		slices.Sort(blocks[name])
		lines = append(lines, name+"\t"+strings.Join(blocks[name], " "))
	}
	return pack(lines, to)
}

// packEnterprises keeps number and organisation; a line that is a number alone begins
// an entry, the next one names the organisation.
func packEnterprises(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var lines []string
	number := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		name := strings.TrimSpace(line)
		if _, err := strconv.Atoi(line); err == nil {
			number = line
		} else if number != "" {
			if name != "" && name != "---none---" && !strings.EqualFold(name, "reserved") {
				lines = append(lines, number+"\t"+strings.ToValidUTF8(name, ""))
			}
			number = ""
		}
	}
	return pack(lines, to)
}

func pack(lines []string, to string) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(z, strings.Join(lines, "\n")+"\n"); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, b.Bytes(), 0o644)
}
