// What both programs of this folder need: a transport that counts what is sent, and what the process has used.
package main

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

var traffic struct{ packets, udpBytes, tcpBytes int64 }

// countingTransport counts what the nodes send. Everything else is the library's own transport.
type countingTransport struct {
	*memberlist.NetTransport
	streams chan net.Conn
	done    chan struct{}
}

func newCountingTransport(inner *memberlist.NetTransport) *countingTransport {
	t := &countingTransport{NetTransport: inner, streams: make(chan net.Conn), done: make(chan struct{})}
	go t.passStreams()
	return t
}

func (t *countingTransport) passStreams() {
	for {
		select {
		case conn := <-t.NetTransport.StreamCh():
			select {
			case t.streams <- &countingConn{conn}:
			case <-t.done:
				conn.Close()
				return
			}
		case <-t.done:
			return
		}
	}
}

func (t *countingTransport) WriteTo(b []byte, addr string) (time.Time, error) {
	countPacket(b)
	return t.NetTransport.WriteTo(b, addr)
}

func (t *countingTransport) WriteToAddress(b []byte, addr memberlist.Address) (time.Time, error) {
	countPacket(b)
	return t.NetTransport.WriteToAddress(b, addr)
}

func (t *countingTransport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return countConn(t.NetTransport.DialTimeout(addr, timeout))
}

func (t *countingTransport) DialAddressTimeout(addr memberlist.Address, timeout time.Duration) (net.Conn, error) {
	return countConn(t.NetTransport.DialAddressTimeout(addr, timeout))
}

func (t *countingTransport) StreamCh() <-chan net.Conn { return t.streams }

func (t *countingTransport) Shutdown() error {
	close(t.done)
	return t.NetTransport.Shutdown()
}

type countingConn struct{ net.Conn }

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	atomic.AddInt64(&traffic.tcpBytes, int64(n))
	return n, err
}

func countPacket(b []byte) {
	atomic.AddInt64(&traffic.packets, 1)
	atomic.AddInt64(&traffic.udpBytes, int64(len(b)))
}

func countConn(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return &countingConn{conn}, nil
}

type sent struct{ packets, udpBytes, tcpBytes int64 }

func snapshot() sent {
	return sent{
		atomic.LoadInt64(&traffic.packets), atomic.LoadInt64(&traffic.udpBytes), atomic.LoadInt64(&traffic.tcpBytes),
	}
}

// cpuTime is user and system time of the whole process, all threads.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

type fields map[string]interface{}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
