package org.adjoint.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * The thread team of this backend: {@code threads() − 1} daemon workers and the caller, who takes
 * part in the work.
 *
 * <p>A region's parts are claimed one by one from a single atomic word (generation, number of
 * parts, next part). A worker that is late, because its core is taken, therefore costs nothing: the
 * caller claims its part too. Idle workers watch the word for about {@value #SPINS} pauses, then
 * yield, then park, so that nothing spins for long.
 *
 * <p>A region inside a region, or from a second thread while the team is busy, runs in the calling
 * thread, with the same parts. An exception thrown by a part is rethrown by {@link #run} once all
 * parts have ended; further ones are added to it as suppressed.
 */
public final class Parallel {
  /** The system property with the number of threads; by default all processors. */
  public static final String THREADS_PROPERTY = "adjoint.threads";

  /**
   * Below so many fused multiply-adds, or as much other work, splitting costs more than it gains.
   */
  public static final int WORTH = 100_000;

  /** The largest team. */
  public static final int MAX_THREADS = 1024;

  private static final int SPINS = 2_000;
  private static final int YIELDS = 50;
  private static final int MAX_PARTS = 1 << 15;

  private static final AtomicBoolean BUSY = new AtomicBoolean();

  /** Generation in the upper 32 bits, parts in the next 16, the next part to claim in the last. */
  private static final AtomicLong STATE = new AtomicLong();

  private static final AtomicInteger FINISHED = new AtomicInteger();

  // Written by the holder of BUSY before STATE is published, read after a successful claim.
  private static @Nullable Region region;
  private static volatile @Nullable Thread joiner;
  private static @Nullable Throwable failure;

  private static volatile Worker[] workers = new Worker[0];
  private static volatile int threads = initialThreads();
  private static volatile boolean spinning = maySpin(threads);

  private Parallel() {}

  private static int initialThreads() {
    int processors = Runtime.getRuntime().availableProcessors();
    int asked = Integer.getInteger(THREADS_PROPERTY, processors);
    return Math.clamp(asked, 1, MAX_THREADS);
  }

  private static boolean maySpin(int wanted) {
    return wanted <= Runtime.getRuntime().availableProcessors();
  }

  /** Returns the number of threads that a region may use. */
  public static int threads() {
    return threads;
  }

  /**
   * Sets the number of threads. Results do not depend on it.
   *
   * @param count from 1 to {@value #MAX_THREADS}
   * @throws ArgumentException if it is out of range
   */
  public static void setThreads(int count) {
    if (count < 1 || count > MAX_THREADS) {
      throw new ArgumentException(
          "cpu", "threads", count, "it must be between 1 and " + MAX_THREADS);
    }
    while (!BUSY.compareAndSet(false, true)) {
      Thread.yield();
    }
    try {
      threads = count;
      spinning = maySpin(count);
      shrink(count - 1);
    } finally {
      BUSY.set(false);
    }
  }

  /**
   * Returns how many parts suit an amount of work: 1 if it is not worth splitting, at most {@link
   * #threads}.
   *
   * @param work fused multiply-adds, or what takes as long
   */
  public static int partsFor(long work) {
    return (int) Math.max(1, Math.min(threads, work / (WORTH / 2)));
  }

  /**
   * Runs all parts of a region and returns when they have ended.
   *
   * @param task the region
   * @param parts the number of parts, at least 1
   */
  public static void run(Region task, int parts) {
    if (parts <= 1 || threads == 1 || parts >= MAX_PARTS || !BUSY.compareAndSet(false, true)) {
      for (int part = 0; part < parts; part++) {
        task.run(part, parts);
      }
      return;
    }
    try {
      lead(task, parts);
    } finally {
      region = null;
      BUSY.set(false);
    }
  }

  private static void lead(Region task, int parts) {
    Worker[] team = team(Math.min(threads, parts) - 1);
    region = task;
    failure = null;
    FINISHED.setPlain(0);
    long generation = (STATE.get() >>> 32) + 1;
    STATE.set(generation << 32 | (long) parts << 16);
    for (int i = 0; i < team.length; i++) {
      if (i < parts - 1) {
        team[i].wake();
      }
    }
    work();
    join(parts);
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      Parallel.<RuntimeException>rethrow(thrown);
    }
  }

  /** Claims and does parts until none is left; returns whether there was one. */
  private static boolean work() {
    boolean any = false;
    while (true) {
      long state = STATE.get();
      int part = (int) (state & 0xFFFF);
      int parts = (int) (state >>> 16 & 0xFFFF);
      if (part >= parts) {
        return any;
      }
      if (STATE.compareAndSet(state, state + 1)) {
        any = true;
        doPart(part, parts);
      }
    }
  }

  private static void doPart(int part, int parts) {
    try {
      Region task = region;
      if (task != null) {
        task.run(part, parts);
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      if (FINISHED.incrementAndGet() == parts) {
        Thread waiting = joiner;
        if (waiting != null) {
          LockSupport.unpark(waiting);
        }
      }
    }
  }

  private static synchronized void fail(Throwable e) {
    Throwable first = failure;
    if (first == null) {
      failure = e;
    } else if (first != e) {
      first.addSuppressed(e);
    }
  }

  private static void join(int parts) {
    int spins = spinning ? SPINS : 0;
    for (int i = 0; FINISHED.get() != parts; i++) {
      if (i < spins) {
        Thread.onSpinWait();
      } else if (i < spins + YIELDS) {
        Thread.yield();
      } else {
        joiner = Thread.currentThread();
        if (FINISHED.get() != parts) {
          LockSupport.park(Parallel.class);
        }
        joiner = null;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void rethrow(Throwable e) throws E {
    throw (E) e;
  }

  /** The workers, at least {@code wanted} of them. Called by the holder of BUSY. */
  private static Worker[] team(int wanted) {
    Worker[] team = workers;
    if (team.length >= wanted) {
      return team;
    }
    Worker[] larger = new Worker[wanted];
    System.arraycopy(team, 0, larger, 0, team.length);
    for (int i = team.length; i < wanted; i++) {
      larger[i] = new Worker(i);
      larger[i].start();
    }
    workers = larger;
    return larger;
  }

  private static void shrink(int wanted) {
    Worker[] team = workers;
    if (team.length > wanted) {
      Worker[] smaller = new Worker[wanted];
      System.arraycopy(team, 0, smaller, 0, wanted);
      workers = smaller;
      for (int i = wanted; i < team.length; i++) {
        team[i].dismiss();
      }
    }
  }

  /** A member of the team besides the caller. */
  private static final class Worker extends Thread {
    private volatile boolean parked;
    private volatile boolean dismissed;

    Worker(int index) {
      super("adjoint-cpu-" + (index + 1));
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    void dismiss() {
      dismissed = true;
      LockSupport.unpark(this);
    }

    @Override
    public void run() {
      int idle = 0;
      while (!dismissed) {
        if (work()) {
          idle = 0;
          continue;
        }
        int spins = spinning ? SPINS : 0;
        if (idle < spins) {
          Thread.onSpinWait();
        } else if (idle < spins + YIELDS) {
          Thread.yield();
        } else {
          rest();
          idle = 0;
        }
        idle++;
      }
    }

    private void rest() {
      parked = true;
      long state = STATE.get();
      if (!dismissed && (state & 0xFFFF) >= (state >>> 16 & 0xFFFF)) {
        LockSupport.park(Parallel.class);
      }
      parked = false;
    }
  }
}
