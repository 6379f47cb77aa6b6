package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread team: every part once, errors in order, no worker awake without work. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ParallelTest {
  private final int before = Parallel.threads();

  @AfterEach
  void restore() {
    Parallel.setThreads(before);
  }

  /** Counts how often each part ran and hands its number to what a test does in it. */
  private static final class Counting extends Region {
    final AtomicIntegerArray runs;
    private final IntConsumer body;

    Counting(int parts, IntConsumer body) {
      runs = new AtomicIntegerArray(parts);
      this.body = body;
    }

    @Override
    public void run(int part, int parts) {
      assertEquals(runs.length(), parts);
      runs.incrementAndGet(part);
      body.accept(part);
    }

    void assertEach(int times) {
      for (int part = 0; part < runs.length(); part++) {
        assertEquals(times, runs.get(part), "runs of part " + part);
      }
    }
  }

  private static void idle(int part) {}

  @Test
  void eachPartRunsOnceInTenThousandRegions() {
    for (int threads : new int[] {1, 2, 3}) {
      Parallel.setThreads(threads);
      for (int parts : new int[] {1, 2, 3, 7, 100}) {
        Counting region = new Counting(parts, ParallelTest::idle);
        for (int times = 1; times <= 700; times++) {
          Parallel.run(region, parts);
          region.assertEach(times);
        }
      }
    }
  }

  @Test
  void whatPartsWroteIsSeenAfterTheRegion() {
    Parallel.setThreads(2);
    int[] plain = new int[64];
    Counting region = new Counting(plain.length, part -> plain[part]++);
    for (int times = 1; times <= 2_000; times++) {
      Parallel.run(region, plain.length);
      for (int value : plain) {
        assertEquals(times, value);
      }
    }
  }

  @Test
  void manyPartsRunInTheCaller() {
    Parallel.setThreads(2);
    Thread caller = Thread.currentThread();
    Counting region =
        new Counting(40_000, part -> assertSame(caller, Thread.currentThread(), "part " + part));
    Parallel.run(region, 40_000);
    region.assertEach(1);
  }

  @Test
  void aRegionInsideARegionRunsInItsThread() {
    Parallel.setThreads(2);
    for (int round = 0; round < 200; round++) {
      Counting inner = new Counting(5, ParallelTest::idle);
      Counting outer =
          new Counting(
              4,
              part -> {
                Thread thread = Thread.currentThread();
                Parallel.run(new Counting(3, i -> assertSame(thread, Thread.currentThread())), 3);
                Parallel.run(inner, 5);
              });
      Parallel.run(outer, 4);
      outer.assertEach(1);
      inner.assertEach(4);
    }
  }

  @Test
  void errorsAreRethrownOnceAllPartsHaveEnded() {
    Parallel.setThreads(2);
    for (int round = 0; round < 500; round++) {
      Counting region =
          new Counting(
              8,
              part -> {
                if (part % 3 == 1) {
                  throw new IllegalStateException("part " + part);
                }
              });
      IllegalStateException thrown =
          assertThrows(IllegalStateException.class, () -> Parallel.run(region, 8));
      region.assertEach(1);
      List<String> messages = new ArrayList<>();
      messages.add(thrown.getMessage());
      for (Throwable other : thrown.getSuppressed()) {
        messages.add(other.getMessage());
      }
      assertEquals(List.of("part 1", "part 4", "part 7"), messages.stream().sorted().toList());
    }
    Counting after = new Counting(8, ParallelTest::idle);
    Parallel.run(after, 8);
    after.assertEach(1);
  }

  @Test
  void oneErrorThrownByEveryPartIsNotItsOwnSuppressed() {
    Parallel.setThreads(2);
    Error error = new StackOverflowError("planted");
    Counting region =
        new Counting(
            4,
            part -> {
              throw error;
            });
    assertSame(error, assertThrows(Error.class, () -> Parallel.run(region, 4)));
    region.assertEach(1);
    assertEquals(0, error.getSuppressed().length);
  }

  @Test
  void twoCallersAtOnceBothFinish() throws InterruptedException {
    Parallel.setThreads(2);
    CyclicBarrier start = new CyclicBarrier(2);
    AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread caller =
          new Thread(
              () -> {
                try {
                  start.await();
                  for (int round = 0; round < 3_000; round++) {
                    Counting region = new Counting(6, ParallelTest::idle);
                    Parallel.run(region, 6);
                    region.assertEach(1);
                  }
                } catch (Throwable e) {
                  failed.set(e);
                }
              });
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertNull(failed.get());
  }

  @Test
  void theTeamGrowsAndShrinks() throws InterruptedException {
    for (int threads : new int[] {4, 1, 6, 2, 3}) {
      Parallel.setThreads(threads);
      assertEquals(threads, Parallel.threads());
      Counting region = new Counting(50, ParallelTest::idle);
      for (int times = 1; times <= 100; times++) {
        Parallel.run(region, 50);
      }
      region.assertEach(100);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (workers().size() != threads - 1 && System.nanoTime() < deadline) {
        Thread.sleep(1);
      }
      assertEquals(threads - 1, workers().size(), "workers of " + threads + " threads");
    }
  }

  @Test
  void numbersOfThreadsOutsideTheRangeAreRefused() {
    for (int count : new int[] {0, -1, Parallel.MAX_THREADS + 1}) {
      ArgumentException e = assertThrows(ArgumentException.class, () -> Parallel.setThreads(count));
      assertTrue(String.valueOf(e.getMessage()).contains("threads is " + count), e.getMessage());
    }
    assertEquals(before, Parallel.threads());
  }

  @Test
  void partsFollowTheWork() {
    Parallel.setThreads(3);
    assertEquals(1, Parallel.partsFor(0));
    assertEquals(1, Parallel.partsFor(Parallel.WORTH - 1));
    assertEquals(2, Parallel.partsFor(Parallel.WORTH));
    assertEquals(3, Parallel.partsFor(Long.MAX_VALUE));
    Parallel.setThreads(1);
    assertEquals(1, Parallel.partsFor(Long.MAX_VALUE));
  }

  @Test
  void moreThreadsThanCoresFinish() {
    Parallel.setThreads(64);
    Counting region = new Counting(64, ParallelTest::idle);
    long start = System.nanoTime();
    for (int times = 1; times <= 300; times++) {
      Parallel.run(region, 64);
    }
    region.assertEach(300);
    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20), "no stall");
  }

  @Test
  void idleWorkersUseNoTime() throws InterruptedException {
    for (int threads : new int[] {2, 8}) {
      Parallel.setThreads(threads);
      Counting region = new Counting(threads, ParallelTest::idle);
      for (int times = 1; times <= 100; times++) {
        Parallel.run(region, threads);
      }
      List<Thread> team = workers();
      assertTrue(team.size() >= threads - 1, "workers: " + team);
      Thread.sleep(100);
      long then = cpuNanos(team);
      Thread.sleep(150);
      long used = cpuNanos(team) - then;
      assertTrue(used < TimeUnit.MILLISECONDS.toNanos(5), used + " ns of idle workers");
    }
  }

  /** The living workers, found by name. */
  private static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.isAlive() && t.getName().startsWith("adjoint-cpu-"))
        .toList();
  }

  private static long cpuNanos(List<Thread> team) {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (Thread worker : team) {
      sum += Math.max(0, bean.getThreadCpuTime(worker.threadId()));
    }
    return sum;
  }
}
