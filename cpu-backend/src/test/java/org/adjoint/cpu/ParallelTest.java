package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParallelTest {
  private final int threads = Parallel.threads();

  @AfterEach
  void restore() {
    Parallel.setThreads(threads);
  }

  /** Counts how often each part ran. */
  private static final class Count extends Region {
    final AtomicIntegerArray runs;

    Count(int parts) {
      runs = new AtomicIntegerArray(parts);
    }

    @Override
    public void run(int part, int parts) {
      assertEquals(runs.length(), parts);
      runs.incrementAndGet(part);
    }

    void expect(int times) {
      for (int i = 0; i < runs.length(); i++) {
        assertEquals(times, runs.get(i));
      }
    }
  }

  @Test
  void everyPartRunsOnce() {
    for (int team : new int[] {1, 2, 3, 8}) {
      Parallel.setThreads(team);
      for (int parts : new int[] {1, 2, 3, 7, 100, 40_000}) {
        Count count = new Count(parts);
        Parallel.run(count, parts);
        count.expect(1);
      }
    }
  }

  @Test
  void manyRegionsInARow() {
    Parallel.setThreads(3);
    Count count = new Count(3);
    for (int i = 0; i < 20_000; i++) {
      Parallel.run(count, 3);
    }
    count.expect(20_000);
  }

  @Test
  void workersSleepAndWake() throws InterruptedException {
    Parallel.setThreads(2);
    for (int i = 0; i < 5; i++) {
      Count count = new Count(2);
      Parallel.run(count, 2);
      count.expect(1);
      Thread.sleep(20);
    }
  }

  @Test
  void regionsInRegions() {
    Parallel.setThreads(2);
    Count inner = new Count(3);
    Parallel.run(
        new Region() {
          @Override
          public void run(int part, int parts) {
            Parallel.run(inner, 3);
          }
        },
        4);
    inner.expect(4);
  }

  @Test
  void severalCallers() throws InterruptedException {
    Parallel.setThreads(2);
    AtomicInteger failures = new AtomicInteger();
    Thread[] callers = new Thread[6];
    for (int c = 0; c < callers.length; c++) {
      callers[c] =
          new Thread(
              () -> {
                Count count = new Count(2);
                for (int i = 0; i < 2_000; i++) {
                  Parallel.run(count, 2);
                }
                if (count.runs.get(0) != 2_000 || count.runs.get(1) != 2_000) {
                  failures.incrementAndGet();
                }
              });
      callers[c].start();
    }
    for (Thread t : callers) {
      t.join();
    }
    assertEquals(0, failures.get());
  }

  @Test
  void anExceptionReachesTheCallerAfterAllPartsEnded() {
    Parallel.setThreads(2);
    IllegalStateException planned = new IllegalStateException("planned");
    AtomicInteger ended = new AtomicInteger();
    Region failing =
        new Region() {
          @Override
          public void run(int part, int parts) {
            ended.incrementAndGet();
            if (part == 1) {
              throw planned;
            }
            if (part == 2) {
              throw new IllegalArgumentException("another");
            }
          }
        };
    RuntimeException seen = assertThrows(RuntimeException.class, () -> Parallel.run(failing, 4));
    assertEquals(4, ended.get());
    assertEquals(1, seen.getSuppressed().length);
    assertTrue(seen == planned || seen.getSuppressed()[0] == planned);
    Count count = new Count(2);
    Parallel.run(count, 2);
    count.expect(1);
  }

  @Test
  void anErrorInTheCallerItself() {
    Parallel.setThreads(1);
    Error planned = new AssertionError("planned");
    Region failing =
        new Region() {
          @Override
          public void run(int part, int parts) {
            throw planned;
          }
        };
    assertSame(planned, assertThrows(Error.class, () -> Parallel.run(failing, 2)));
  }

  @Test
  void theNumberOfThreads() {
    for (int bad : new int[] {0, -1, Parallel.MAX_THREADS + 1}) {
      ArgumentException e = assertThrows(ArgumentException.class, () -> Parallel.setThreads(bad));
      assertTrue(e.getMessage().contains("threads"), e.getMessage());
    }
    Parallel.setThreads(4);
    assertEquals(4, Parallel.threads());
    assertEquals(1, Parallel.partsFor(Parallel.WORTH - 1));
    assertEquals(2, Parallel.partsFor(Parallel.WORTH));
    assertEquals(4, Parallel.partsFor(1L << 40));
  }

  @Test
  void evenSplits() {
    int[] starts = new int[4];
    for (int i = 0; i < 4; i++) {
      starts[i] = Region.first(10, i, 3);
    }
    assertArrayEquals(new int[] {0, 3, 6, 10}, starts);
    assertEquals(8, Region.first(20, 8, 1, 2));
    assertEquals(20, Region.first(20, 8, 2, 2));
  }
}
