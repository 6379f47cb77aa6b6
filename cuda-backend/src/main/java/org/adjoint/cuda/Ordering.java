package org.adjoint.cuda;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is ordered before what in the queues of a simulated GPU, by vector clocks (Fidge, 1988;
 * Mattern, 1989): a clock holds, for each queue, how much of its work is sure to be done. Work of
 * two queues that nothing orders may not meet in one allocation unless both only read. Thread-safe.
 */
final class Ordering {
  /** What an allocation was last used for: the last write, and the reads of each queue after it. */
  private static final class Use {
    int writer = -1;
    long written;
    long[] read = {};
  }

  private final Map<Long, Use> uses = new HashMap<>();
  private int queues;

  /** What the host has waited for. */
  private long[] host = {};

  /** Returns the number of a new queue. */
  synchronized int queue() {
    return queues++;
  }

  /** Returns what a piece of work that is queued now comes after, itself included. */
  synchronized long[] next(int queue, long[] clock) {
    long[] now = joined(clock, host);
    now = now.length > queue ? now : Arrays.copyOf(now, queue + 1);
    now[queue]++;
    return now;
  }

  /** Notes that the host has waited for all that a clock holds; returns what it has waited for. */
  synchronized long[] waited(long[] clock) {
    host = joined(host, clock);
    return host.clone();
  }

  /** Returns what two clocks hold together, in an array of its own. */
  static long[] joined(long[] a, long[] b) {
    long[] all = Arrays.copyOf(a, Math.max(a.length, b.length));
    for (int i = 0; i < b.length; i++) {
      all[i] = Math.max(all[i], b[i]);
    }
    return all;
  }

  /** Returns whether a clock holds a piece of work. */
  static boolean holds(long[] clock, int queue, long number) {
    return queue < clock.length && clock[queue] >= number;
  }

  /**
   * Notes that work uses an allocation, unless something is against it.
   *
   * @param base where the allocation begins
   * @param write whether it is written
   * @param queue the queue of the work
   * @param clock what the work comes after
   * @return what is against it, as the end of a sentence, or null
   */
  synchronized @Nullable String use(long base, boolean write, int queue, long[] clock) {
    Use use = uses.computeIfAbsent(base, b -> new Use());
    if (use.writer >= 0 && use.writer != queue && !holds(clock, use.writer, use.written)) {
      return "queue " + use.writer + " writes, and nothing orders queue " + queue + " after it";
    }
    for (int q = 0; write && q < use.read.length; q++) {
      if (q != queue && use.read[q] > 0 && !holds(clock, q, use.read[q])) {
        return "queue " + q + " still reads, and nothing orders queue " + queue + " after it";
      }
    }
    if (write) {
      use.writer = queue;
      use.written = clock[queue];
      use.read = new long[0];
    } else {
      use.read = use.read.length > queue ? use.read : Arrays.copyOf(use.read, queue + 1);
      use.read[queue] = clock[queue];
    }
    return null;
  }

  /** Forgets an allocation that was freed. */
  synchronized void forget(long base) {
    uses.remove(base);
  }
}
