// Command peers measures HashiCorp memberlist: N nodes in one process on loopback, each with its own UDP socket and TCP
// listener, LAN preset. It prints one JSON object a line; bench/peer.mjs prints the same of hearsay, with the same
// definitions. Not part of the library: it is built only by bench/peers.mjs, against the package of the distribution.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	crashTimeout = 90 * time.Second
)

var (
	profile       = flag.String("profile", "lan", "preset: lan or local")
	spreadTimeout = flag.Duration("spread-timeout", 10*time.Second, "how long an update or event is waited for")
	// Longer than a rumor of 100 nodes goes on being sent after everybody knows it.
	spreadPause = flag.Duration("spread-pause", 1500*time.Millisecond, "pause after an update or event")
	joinTimeout = flag.Duration("join-timeout", 180*time.Second, "how long is waited until all list all")
	watchFor    = flag.Duration("watch", 0, "after the join only say once a second how things are, for so long from the start")
)

// watch is what the run waits for; the nodes' callbacks fill it in.
type watch struct {
	mu sync.Mutex
	// Nodes that list everybody.
	complete, wanted int
	allJoined        chan struct{}

	// The update or event on its way: who has to hear it yet.
	unheard  map[int]bool
	eventID  uint32
	metaOf   string
	allHeard chan struct{}

	// The crash being watched.
	victim                    string
	crashedAt                 time.Time
	firstSuspicion, firstDead time.Duration
	undecided                 map[int]bool
	allDead                   chan struct{}
	falseDeaths               int
}

// node is one member, and all the delegates memberlist asks for.
type node struct {
	index      int
	name       string
	list       *memberlist.Memberlist
	watch      *watch
	total      int
	known      int32
	meta       atomic.Value
	broadcasts memberlist.TransmitLimitedQueue
	heardEvent uint32
}

type userEvent []byte

func (userEvent) Invalidates(memberlist.Broadcast) bool { return false }
func (e userEvent) Message() []byte                     { return e }
func (userEvent) Finished()                             {}

func (n *node) NodeMeta(int) []byte { return n.meta.Load().([]byte) }
func (n *node) NotifyMsg(message []byte) {
	if len(message) < 4 {
		return
	}
	id := binary.BigEndian.Uint32(message)
	if atomic.SwapUint32(&n.heardEvent, id) == id {
		return
	}
	// Who hears an event for the first time passes it on, as Serf does.
	n.broadcasts.QueueBroadcast(userEvent(append([]byte(nil), message...)))
	n.watch.heard(n.index, func(w *watch) bool { return w.eventID == id })
}
func (n *node) GetBroadcasts(overhead, limit int) [][]byte {
	return n.broadcasts.GetBroadcasts(overhead, limit)
}
func (n *node) LocalState(bool) []byte        { return nil }
func (n *node) MergeRemoteState([]byte, bool) {}

func (n *node) NotifyJoin(*memberlist.Node) {
	if atomic.AddInt32(&n.known, 1) == int32(n.total) {
		n.watch.listsAll()
	}
}
func (n *node) NotifyLeave(other *memberlist.Node) {
	if atomic.AddInt32(&n.known, -1) == int32(n.total)-1 {
		n.watch.missesOne()
	}
	n.watch.dead(n.index, other.Name)
}
func (n *node) NotifyUpdate(other *memberlist.Node) {
	n.watch.heard(n.index, func(w *watch) bool { return w.metaOf == other.Name })
}

// Write receives the library's log: the only place where a suspicion shows.
func (n *node) Write(line []byte) (int, error) {
	text := string(line)
	if at := strings.Index(text, "Suspect "); at >= 0 && strings.Contains(text, "has failed") {
		n.watch.suspected(strings.Fields(text[at:])[1])
	}
	return len(line), nil
}

func (w *watch) listsAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complete++
	if w.allJoined != nil && w.complete == w.wanted {
		close(w.allJoined)
		w.allJoined = nil
	}
}

func (w *watch) missesOne() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complete--
}

func (w *watch) heard(index int, matches func(*watch) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unheard == nil || !w.unheard[index] || !matches(w) {
		return
	}
	delete(w.unheard, index)
	if len(w.unheard) == 0 {
		close(w.allHeard)
	}
}

func (w *watch) suspected(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == w.victim && w.firstSuspicion == 0 {
		w.firstSuspicion = time.Since(w.crashedAt)
	}
}

func (w *watch) dead(index int, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name != w.victim {
		w.falseDeaths++
		return
	}
	if w.firstDead == 0 {
		w.firstDead = time.Since(w.crashedAt)
	}
	if w.undecided[index] {
		delete(w.undecided, index)
		if len(w.undecided) == 0 {
			close(w.allDead)
		}
	}
}

func startNode(index, total int, w *watch) *node {
	n := &node{index: index, name: "n" + strconv.Itoa(index), watch: w, total: total}
	n.meta.Store([]byte{})
	logger := log.New(n, "", 0)
	inner, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{"127.0.0.1"}, Logger: logger})
	must(err)
	config := presetNow()
	config.Name = n.name
	config.BindAddr = "127.0.0.1"
	config.BindPort = inner.GetAutoBindPort()
	config.AdvertisePort = config.BindPort
	config.Transport = newCountingTransport(inner)
	config.Logger = logger
	config.Delegate = n
	config.Events = n
	n.broadcasts.RetransmitMult = config.RetransmitMult
	n.broadcasts.NumNodes = func() int { return total }
	n.list, err = memberlist.Create(config)
	must(err)
	return n
}

func presetNow() *memberlist.Config {
	if *profile == "local" {
		return memberlist.DefaultLocalConfig()
	}
	return memberlist.DefaultLANConfig()
}

// watchAll says every second how many nodes list everybody, how many false deaths there were so far, and what was sent.
func watchAll(count int, w *watch) {
	before, start := snapshot(), time.Now()
	for second := time.Second; second <= *watchFor; second += time.Second {
		time.Sleep(time.Until(start.Add(second)))
		w.mu.Lock()
		complete := w.complete
		w.mu.Unlock()
		report("watch", count, fields{
			"seconds": time.Since(start).Seconds(), "complete": complete, "falseDeaths": w.deathsSoFar(),
			"packets": snapshot().since(before).packets,
		})
	}
	os.Exit(0)
}

// measureJoin: every other node joins node 0 at the same moment; done when each lists all.
func measureJoin(nodes []*node, w *watch) {
	seed := nodes[0].list.LocalNode().Address()
	allJoined := make(chan struct{})
	w.mu.Lock()
	w.wanted, w.allJoined = len(nodes), allJoined
	w.mu.Unlock()
	before, cpu, start := snapshot(), cpuTime(), time.Now()
	var failed int64
	for _, n := range nodes[1:] {
		go func(n *node) {
			for {
				if _, err := n.list.Join([]string{seed}); err == nil {
					return
				}
				atomic.AddInt64(&failed, 1)
				time.Sleep(100 * time.Millisecond)
			}
		}(n)
	}
	complete := wait(allJoined, *joinTimeout)
	spent, used := time.Since(start), cpuTime()-cpu
	sent := snapshot().since(before)
	report("join", len(nodes), fields{
		"complete": complete, "seconds": spent.Seconds(), "failedCalls": atomic.LoadInt64(&failed),
		"cpuMsPerNode":    ms(used) / float64(len(nodes)),
		"packetsPerNode":  float64(sent.packets) / float64(len(nodes)),
		"udpBytesPerNode": float64(sent.udpBytes) / float64(len(nodes)),
		"tcpBytesPerNode": float64(sent.tcpBytes) / float64(len(nodes)),
	})
}

func measureRest(nodes []*node, w *watch, window time.Duration) {
	before, cpu, start := snapshot(), cpuTime(), time.Now()
	falseDeaths := w.deathsSoFar()
	time.Sleep(window)
	seconds, used := time.Since(start).Seconds(), cpuTime()-cpu
	sent := snapshot().since(before)
	nodeSeconds := seconds * float64(len(nodes))
	report("rest", len(nodes), fields{
		"seconds":               seconds,
		"packetsPerNodeSecond":  float64(sent.packets) / nodeSeconds,
		"udpBytesPerNodeSecond": float64(sent.udpBytes) / nodeSeconds,
		"tcpBytesPerNodeSecond": float64(sent.tcpBytes) / nodeSeconds,
		"cpuMsPerNodeSecond":    ms(used) / nodeSeconds,
		"cpuUsPerPacket":        ms(used) * 1000 / float64(sent.packets),
		"falseDeaths":           w.deathsSoFar() - falseDeaths,
	})
}

type memory struct{ rssKb, rssKbCollected, heapKb int64 }

// memoryNow reads the resident set as it is found, and again after a full collection.
func memoryNow() memory {
	rssKb := rssNowKb()
	debug.FreeOSMemory()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return memory{rssKb, rssNowKb(), int64(heap.HeapAlloc / 1024)}
}

func measureMemory(count int, empty memory) {
	now := memoryNow()
	report("memory", count, fields{
		"rssKbEmpty": empty.rssKb, "rssKb": now.rssKb, "rssKbCollected": now.rssKbCollected,
		"heapKbEmpty": empty.heapKb, "heapKb": now.heapKb,
	})
}

// measureMeta: one node changes its metadata; until the last of the others has seen the update.
func measureMeta(nodes []*node, w *watch, trials int) {
	measureSpread("meta", nodes, w, trials, func(trial int, origin *node) {
		w.metaOf = origin.name
		origin.meta.Store([]byte(fmt.Sprintf("meta-%05d", trial)))
	}, func(origin *node) { go origin.list.UpdateNode(*spreadTimeout) })
}

// measureEvent: one node queues a user message of 60 bytes; each first hearer queues it again.
func measureEvent(nodes []*node, w *watch, trials int) {
	var message []byte
	measureSpread("event", nodes, w, trials, func(trial int, origin *node) {
		w.eventID = uint32(trial + 1)
		message = make([]byte, 60)
		binary.BigEndian.PutUint32(message, w.eventID)
		atomic.StoreUint32(&origin.heardEvent, w.eventID)
	}, func(origin *node) { origin.broadcasts.QueueBroadcast(userEvent(message)) })
}

func measureSpread(measure string, nodes []*node, w *watch, trials int, prepare func(int, *node), start func(*node)) {
	var spreadMs []float64
	missed := 0
	before, cpu := snapshot(), cpuTime()
	for trial := 0; trial < trials; trial++ {
		origin := nodes[trial*7%len(nodes)]
		w.mu.Lock()
		w.allHeard = make(chan struct{})
		w.unheard = make(map[int]bool)
		for _, n := range nodes {
			if n != origin {
				w.unheard[n.index] = true
			}
		}
		prepare(trial, origin)
		startedAt := time.Now()
		w.mu.Unlock()
		start(origin)
		if wait(w.allHeard, *spreadTimeout) {
			spreadMs = append(spreadMs, ms(time.Since(startedAt)))
		} else {
			missed++
		}
		// A random part, so that trials do not fall into step with the gossip ticks.
		time.Sleep(*spreadPause + time.Duration(rand.Intn(200))*time.Millisecond)
	}
	w.mu.Lock()
	w.unheard = nil
	w.mu.Unlock()
	sent, perTrial := snapshot().since(before), float64(len(nodes)*trials)
	report(measure, len(nodes), fields{
		"ms": spreadMs, "missed": missed,
		"packetsPerNode":  float64(sent.packets) / perTrial,
		"udpBytesPerNode": float64(sent.udpBytes) / perTrial,
		"cpuMsPerNode":    ms(cpuTime()-cpu) / perTrial,
	})
}

// measureCrash: the transport of one node is shut without a leave. The node is gone for the trials after it.
func measureCrash(nodes []*node, w *watch, trials int) {
	total := len(nodes)
	for trial := 0; trial < trials && len(nodes) > 2; trial++ {
		victim := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		w.mu.Lock()
		w.victim = victim.name
		w.firstSuspicion, w.firstDead = 0, 0
		w.allDead = make(chan struct{})
		w.undecided = make(map[int]bool)
		for _, n := range nodes {
			w.undecided[n.index] = true
		}
		falseDeaths := w.falseDeaths
		w.crashedAt = time.Now()
		w.mu.Unlock()
		must(victim.list.Shutdown())
		complete := wait(w.allDead, crashTimeout)
		allDead := time.Since(w.crashedAt)
		w.mu.Lock()
		report("crash", total, fields{
			"complete": complete, "firstSuspicionSeconds": w.firstSuspicion.Seconds(),
			"firstDeadSeconds": w.firstDead.Seconds(), "allDeadSeconds": allDead.Seconds(),
			"falseDeaths": w.falseDeaths - falseDeaths,
		})
		w.mu.Unlock()
		time.Sleep(3*time.Second + time.Duration(rand.Intn(1000))*time.Millisecond)
	}
}

func main() {
	count := flag.Int("nodes", 10, "nodes in this process")
	settle := flag.Duration("settle", 10*time.Second, "pause after the join")
	rest := flag.Duration("rest", 30*time.Second, "window at rest")
	spread := flag.Int("spread", 20, "user events")
	meta := flag.Int("meta", -1, "metadata updates; as many as events where it is not said")
	crash := flag.Int("crash", 2, "crashes")
	flag.Parse()
	rand.Seed(time.Now().UnixNano())

	report("peer", *count, fields{"library": "memberlist", "runtime": runtime.Version()})
	empty := memoryNow()
	w := &watch{}
	nodes := make([]*node, *count)
	for i := range nodes {
		nodes[i] = startNode(i, *count, w)
	}
	if *watchFor > 0 {
		go watchAll(*count, w)
	}
	measureJoin(nodes, w)
	if *watchFor > 0 {
		select {}
	}
	time.Sleep(*settle)
	measureRest(nodes, w, *rest)
	measureMemory(*count, empty)
	if *spread > 0 {
		if *meta < 0 {
			*meta = *spread
		}
		measureMeta(nodes, w, *meta)
		measureEvent(nodes, w, *spread)
	}
	measureCrash(nodes, w, *crash)
}

func report(measure string, nodes int, values fields) {
	values["measure"], values["nodes"] = measure, nodes
	must(json.NewEncoder(os.Stdout).Encode(values))
}

func (s sent) since(before sent) sent {
	return sent{s.packets - before.packets, s.udpBytes - before.udpBytes, s.tcpBytes - before.tcpBytes}
}

func (w *watch) deathsSoFar() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.falseDeaths
}

func wait(done <-chan struct{}, timeout time.Duration) bool {
	select {
	case <-done:
		return true
	case <-time.After(timeout):
		return false
	}
}

func rssNowKb() int64 {
	file, err := os.Open("/proc/self/statm")
	must(err)
	defer file.Close()
	text, err := io.ReadAll(file)
	must(err)
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	must(err)
	return pages * int64(os.Getpagesize()) / 1024
}
