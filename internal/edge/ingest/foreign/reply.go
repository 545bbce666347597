package foreign

import (
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"

	"sonae/internal/identity"
)

// everyHours is how often an agent should send: once a day, as the reports of our own.
const everyHours = 24

// xmlReply is the answer of the XML dialogue.
type xmlReply struct {
	XMLName   xml.Name    `xml:"REPLY"`
	Error     string      `xml:"ERROR,omitempty"`
	Frequency int         `xml:"PROLOG_FREQ,omitempty"` // hours
	OnStartup int         `xml:"INVENTORY_ON_STARTUP,omitempty"`
	Response  string      `xml:"RESPONSE,omitempty"`
	Message   string      `xml:"MESSAGE,omitempty"` // why some devices of a result were not taken
	Options   []xmlOption `xml:"OPTION,omitempty"`
}

// xmlOption switches a task of the OCS agent.
type xmlOption struct {
	Name  string   `xml:"NAME"`
	Param xmlParam `xml:"PARAM"`
}

type xmlParam struct {
	On string `xml:"ON,attr"`
}

// jsonReply is the answer of the JSON dialogue of GLPI Agent.
type jsonReply struct {
	Status     string              `json:"status"`               // ok, pending, error
	Expiration int                 `json:"expiration,omitempty"` // hours
	Message    string              `json:"message,omitempty"`
	Tasks      map[string]jsonTask `json:"tasks,omitempty"`
	Disabled   []string            `json:"disabled,omitempty"`
}

type jsonTask struct {
	Server     string `json:"server"`
	Version    string `json:"version"`
	NoCategory string `json:"no-category"` // what the agent must not even collect
}

// refusedTasks let a server run commands on clients, or reach out from them; none of
// them is asked for.
var refusedTasks = []string{"collect", "deploy", "esx", "netdiscovery", "netinventory", "remoteinventory", "wakeonlan"}

// Answer is what the agent hears when its message was taken. An agent of GLPI that
// begins in XML is told to go on in JSON.
func (m *Message) Answer(p identity.Protocol) []byte {
	switch {
	case m.Query == Contact:
		return jsonText(jsonReply{Status: "ok", Expiration: everyHours, Disabled: slices.Clone(refusedTasks),
			Tasks: map[string]jsonTask{"inventory": {Server: "glpi", Version: "10.0.0", NoCategory: "process,environment"}}})
	case m.JSON:
		return jsonText(jsonReply{Status: "ok", Expiration: everyHours})
	case m.Query == Prolog && p == identity.ProtocolGLPI:
		return jsonText(jsonReply{Status: "pending"})
	case m.Query == Prolog && p == identity.ProtocolOCS:
		return xmlText(xmlReply{Frequency: everyHours, OnStartup: 1, Response: "SEND", Options: []xmlOption{{"DOWNLOAD", xmlParam{"0"}}}})
	case m.Query == Prolog:
		return xmlText(xmlReply{Frequency: everyHours, Response: "SEND"})
	case p == identity.ProtocolOCS:
		return xmlText(xmlReply{Response: "NO_ACCOUNT_UPDATE"})
	}
	return xmlText(xmlReply{Response: "SEND"})
}

// ResultAnswer is what is heard of a result when it was taken, with the reasons why
// devices in it were not; no task is ever handed out.
func ResultAnswer(inJSON bool, reasons string) []byte {
	if inJSON {
		return jsonText(jsonReply{Status: "ok", Expiration: everyHours, Message: reasons})
	}
	return xmlText(xmlReply{Response: "SEND", Message: reasons})
}

// ErrorAnswer says in the protocol's own form what was wrong.
func ErrorAnswer(inJSON bool, message string) []byte {
	if inJSON {
		return jsonText(jsonReply{Status: "error", Message: message})
	}
	return xmlText(xmlReply{Error: message})
}

// Protocol tells who speaks. agentID is the header GLPI-Agent-ID, which only GLPI
// Agent sends; path tells OCS, whose clients have one of their own.
func (m *Message) Protocol(path, agentID, userAgent string) identity.Protocol {
	client := m.Client + " " + userAgent
	switch {
	case m.JSON, agentID != "", strings.Contains(client, "GLPI-Agent"), strings.Contains(client, "GLPI-Injector"):
		return identity.ProtocolGLPI
	case strings.HasPrefix(path, OCSPath), strings.Contains(client, "OCS-NG"):
		return identity.ProtocolOCS
	}
	return identity.ProtocolFusion
}

// Usual paths of the servers these agents were made for, and Sonae's own.
const (
	OCSPath = "/ocsinventory"
	OwnPath = "/ingest/agents"
)

// Paths are all addresses that agents are pointed at; each also with what follows.
var Paths = []string{OwnPath, OCSPath, "/front/inventory.php", "/plugins/fusioninventory", "/plugins/glpiinventory", "/marketplace/glpiinventory", "/marketplace/fusioninventory"}

func jsonText(r jsonReply) []byte {
	out, err := json.Marshal(r)
	if err != nil { // texts and numbers always marshal
		return []byte(`{"status":"error"}`)
	}
	return out
}

func xmlText(r xmlReply) []byte {
	out, err := xml.Marshal(r)
	if err != nil { // texts and numbers always marshal
		return []byte("<REPLY></REPLY>")
	}
	return append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"), out...)
}
