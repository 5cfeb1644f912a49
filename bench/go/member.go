// Command member is one member of a memberlist cluster, on loopback, with the LAN preset. It prints what it sees, one JSON
// object a line, as bench/real/member.mjs does of hearsay. Not part of the library: bench/real.mjs builds and runs it.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	tick = 250 * time.Millisecond
	// A tick that is later than that was kept waiting for a processor.
	late = 100 * time.Millisecond
)

var lateness struct {
	sync.Mutex
	ticks, late int
	worst       time.Duration
}

// watcher prints what memberlist tells of others.
type watcher struct{}

func (watcher) NotifyJoin(n *memberlist.Node)   { tell("up", fields{"about": n.Name}) }
func (watcher) NotifyLeave(n *memberlist.Node)  { tell("failed", fields{"about": n.Name}) }
func (watcher) NotifyUpdate(n *memberlist.Node) {}

// Write receives the library's log: the only place where a suspicion shows.
func (watcher) Write(line []byte) (int, error) {
	text := string(line)
	if at := strings.Index(text, "Suspect "); at >= 0 && strings.Contains(text, "has failed") {
		tell("suspect", fields{"about": strings.Fields(text[at:])[1]})
	}
	return len(line), nil
}

var output = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func tell(kind string, values fields) {
	values["type"], values["atMs"] = kind, float64(time.Now().UnixNano())/1e6
	output.Lock()
	defer output.Unlock()
	must(output.Encode(values))
}

// watchTicks finds out whether this process gets the time it asks for.
func watchTicks() {
	for last := time.Now(); ; {
		time.Sleep(tick)
		now := time.Now()
		over := now.Sub(last) - tick
		last = now
		lateness.Lock()
		lateness.ticks++
		if over > late {
			lateness.late++
		}
		if over > lateness.worst {
			lateness.worst = over
		}
		lateness.Unlock()
	}
}

// tellCounters prints what was sent and used since the start, and the ticks since it was asked last.
func tellCounters() {
	sent := snapshot()
	lateness.Lock()
	defer lateness.Unlock()
	tell("counters", fields{
		"packets": sent.packets, "udpBytes": sent.udpBytes, "tcpBytes": sent.tcpBytes, "cpuMs": ms(cpuTime()),
		"ticks": lateness.ticks, "lateTicks": lateness.late, "worstLateMs": ms(lateness.worst),
	})
	lateness.ticks, lateness.late, lateness.worst = 0, 0, 0
}

func main() {
	name := flag.String("name", "", "of this member")
	join := flag.String("join", "", "address of another one")
	suspicionMult := flag.Int("suspicion-mult", 4, "Lifeguard's alpha")
	flag.Parse()

	logger := log.New(watcher{}, "", 0)
	inner, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{"127.0.0.1"}, Logger: logger})
	must(err)
	config := memberlist.DefaultLANConfig()
	config.Name = *name
	config.BindAddr = "127.0.0.1"
	config.BindPort = inner.GetAutoBindPort()
	config.AdvertisePort = config.BindPort
	config.Transport = newCountingTransport(inner)
	config.Logger = logger
	config.Events = watcher{}
	config.SuspicionMult = *suspicionMult
	list, err := memberlist.Create(config)
	must(err)
	if *join != "" {
		_, err = list.Join([]string{*join})
		must(err)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	tell("ready", fields{"address": list.LocalNode().Address()})
	go watchTicks()
	go func() {
		for range asked {
			tellCounters()
		}
	}()
	// Whoever started this member holds the other end.
	_, _ = io.Copy(io.Discard, os.Stdin)
}
