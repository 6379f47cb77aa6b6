package org.adjoint.bench.levels;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.adjoint.cpu.Parallel;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.LoopListing;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Measures the levels of a contest: each is checked against the reference, warmed up on a small and
 * on the real size, and timed in rounds in which the levels take turns, beginning with another one
 * each time, so that neither order nor a drifting clock favours one. The median of the rounds
 * counts.
 */
public final class Race {
  private static final int FEWEST_ROUNDS = 5;
  private static final int MOST_ROUNDS = 501;
  private static final double SHORTEST_SAMPLE = 2e5;
  private static final double LONGEST_SAMPLE = 5e6;

  /** What counting allocated bytes allocates itself. */
  private static final long COUNTING = counting();

  private final Contests.Entry entry;
  private final int[] size;
  private final double seconds;
  private final int[] teams;
  private final Backend backend;
  private final Contest contest;
  private final List<Level> levels;
  private final Judge judge;

  /**
   * What one level did.
   *
   * @param op the operation
   * @param size its size, {@code 512x512x512}
   * @param level the level's name
   * @param note what it is made of
   * @param threads the number of threads; 0 on a device with a queue
   * @param nanos the median time of a call
   * @param gflops 10⁹ floating-point operations a second
   * @param gigabytes 10⁹ bytes a second, of those that must be moved
   * @param ceiling what bounds the operation
   * @param limit that ceiling as measured, in GFLOP/s or GB/s
   * @param bytes bytes of heap allocated by a call; −1 where this JVM does not count them
   * @param error the largest distance from the float64 reference, in {@code unit}s
   * @param unit {@code ulp} or {@code bound}
   * @param rounds how many times it was timed
   */
  public record Row(
      String op,
      String size,
      String level,
      String note,
      int threads,
      double nanos,
      double gflops,
      double gigabytes,
      Contest.Ceiling ceiling,
      double limit,
      long bytes,
      double error,
      String unit,
      int rounds) {
    /** Returns the rate that counts for the operation: GFLOP/s under the FMA ceiling, else GB/s. */
    public double rate() {
      return ceiling == Contest.Ceiling.FMA ? gflops : gigabytes;
    }

    /** Returns the rate as a share of the ceiling; NaN without one. */
    public double fraction() {
      return rate() / limit;
    }

    /** Returns the row as a JSON object; what was not measured is null. */
    public String json() {
      return String.format(
          Locale.ROOT,
          "{\"op\": \"%s\", \"size\": \"%s\", \"level\": \"%s\", \"made_of\": \"%s\", \"threads\":"
              + " %d, \"microseconds\": %.4f, \"gflops\": %.4f, \"gbytes_per_s\": %.4f,"
              + " \"bound_by\": \"%s\", \"ceiling\": %s, \"fraction\": %s, \"allocated_bytes\": %s,"
              + " \"error\": %.4f, \"error_unit\": \"%s\", \"rounds\": %d}",
          op,
          size,
          escaped(level),
          escaped(note),
          threads,
          nanos / 1e3,
          gflops,
          gigabytes,
          ceiling.name().toLowerCase(Locale.ROOT),
          number(limit),
          number(fraction()),
          bytes < 0 ? "null" : Long.toString(bytes),
          error,
          unit,
          rounds);
    }

    private static String number(double x) {
      return Double.isFinite(x) ? String.format(Locale.ROOT, "%.4f", x) : "null";
    }

    /** Users name their kernels as they like. */
    private static String escaped(String text) {
      StringBuilder s = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        s.append(c == '"' || c == '\\' ? "\\" : "").append(c < ' ' ? ' ' : c);
      }
      return s.toString();
    }
  }

  /**
   * The outcome.
   *
   * @param ceilings on one thread, and on all if that is more
   * @param rows by level, one thread before all
   */
  public record Result(List<Ceilings> ceilings, List<Row> rows) {}

  /**
   * Prepares a race of the levels written here and the backend's own.
   *
   * @param entry the operation
   * @param size its size
   * @param threads the largest number of threads
   * @param seconds how long each row is timed
   * @param backend whose kernel joins
   * @param reference what is right
   */
  public Race(
      Contests.Entry entry,
      int[] size,
      int threads,
      double seconds,
      Backend backend,
      Backend reference) {
    this.entry = entry;
    this.size = size.clone();
    this.seconds = seconds;
    teams = threads == 1 ? new int[] {1} : new int[] {1, threads};
    contest = entry.maker().apply(backend, size);
    this.backend = backend;
    judge = contest.judge(reference);
    levels = new ArrayList<>(contest.byHand());
    boolean generated = entry.family() == Family.ELEMENTWISE || entry.family() == Family.UPDATES;
    String kernel = backend.kernels().implementation(entry.family());
    levels.add(2, contest.on(backend, generated ? "generated" : "backend", kernel));
  }

  /** Returns the loop that the backend generates, to be read; null if it generates none. */
  public @Nullable LoopListing listing() {
    Expr formula = contest.formula();
    return formula == null ? null : backend.kernels().elementwise().describe(formula, DType.F32);
  }

  /** Adds the level of a user's kernel. */
  public void add(Backend backend, String name) {
    levels.add(contest.on(backend, name, backend.kernels().implementation(entry.family())));
  }

  /**
   * Runs.
   *
   * @throws IllegalStateException if a level gives a wrong number, with level, element, expected
   *     and received number
   */
  public Result run() {
    int before = Parallel.threads();
    try {
      double[] errors = check();
      warmUpSmall();
      return measure(errors);
    } finally {
      Parallel.setThreads(before);
    }
  }

  /** The largest error of every level, after a call on one and on all threads. */
  private double[] check() {
    double[] errors = new double[levels.size()];
    for (int team : teams) {
      Parallel.setThreads(team);
      for (int i = 0; i < errors.length; i++) {
        Level level = levels.get(i);
        level.reset().run();
        level.call().run();
        float[] result = level.result().get();
        String failure = judge.firstFailure(result);
        if (!failure.isEmpty()) {
          throw new IllegalStateException(
              entry.op()
                  + " at "
                  + Contests.text(size)
                  + ", level "
                  + level.name()
                  + " on "
                  + team
                  + " threads: "
                  + failure);
        }
        errors[i] = Math.max(errors[i], judge.error(result));
      }
    }
    return errors;
  }

  /** Compiles the methods as they are called, not only the loop that is running. */
  private void warmUpSmall() {
    Parallel.setThreads(1);
    Contest small = entry.maker().apply(backend, entry.small());
    List<Level> all = new ArrayList<>(small.byHand());
    all.add(small.on(backend, "", ""));
    for (Level level : all) {
      long end = System.nanoTime() + (long) (seconds * 0.25e9);
      for (int i = 0; i < 20 || System.nanoTime() < end; i++) {
        level.call().run();
      }
    }
  }

  private Result measure(double[] errors) {
    List<Level> all = new ArrayList<>(levels);
    all.addAll(Ceilings.copying(contest.footprint()));
    List<Ceilings> ceilings = new ArrayList<>();
    Clock[] clocks = new Clock[teams.length];
    double[] peaks = new double[teams.length];
    for (int t = 0; t < teams.length; t++) {
      Parallel.setThreads(teams[t]);
      peaks[t] = Ceilings.fma(Math.min(0.2, seconds));
      clocks[t] = new Clock(all);
    }
    long end = System.nanoTime() + (long) (seconds * 1e9 * all.size() * teams.length);
    int rounds = 0;
    while (rounds < FEWEST_ROUNDS || (rounds < MOST_ROUNDS && System.nanoTime() < end)) {
      for (int t = 0; t < teams.length; t++) {
        Parallel.setThreads(teams[t]);
        clocks[t].round(rounds);
      }
      rounds++;
    }
    for (int t = 0; t < teams.length; t++) {
      double moved = 8.0 * Ceilings.copied(contest.footprint());
      double copy = 0;
      for (int i = levels.size(); i < all.size(); i++) {
        copy = Math.max(copy, moved / clocks[t].median(i));
      }
      ceilings.add(new Ceilings(teams[t], peaks[t], copy));
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < levels.size(); i++) {
      for (int t = 0; t < teams.length; t++) {
        rows.add(row(i, ceilings.get(t), clocks[t], errors[i], rounds));
      }
    }
    return new Result(ceilings, rows);
  }

  private Row row(int i, Ceilings ceilings, Clock clock, double error, int rounds) {
    double nanos = clock.median(i);
    return new Row(
        entry.op(),
        Contests.text(size),
        levels.get(i).name(),
        levels.get(i).note(),
        ceilings.threads(),
        nanos,
        contest.flops() / nanos,
        contest.bytes() / nanos,
        contest.ceiling(),
        ceilings.of(contest.ceiling()),
        clock.bytes(i),
        error,
        judge.unit(),
        rounds);
  }

  /** The times of some levels on one team. */
  private final class Clock {
    private final List<Level> timed;
    private final int[] group;
    private final double[][] samples;
    private final long[] bytes;

    /** Warms the levels up and finds out how many calls make a sample. */
    Clock(List<Level> timed) {
      this.timed = timed;
      group = new int[timed.size()];
      samples = new double[timed.size()][0];
      bytes = new long[timed.size()];
      Arrays.fill(bytes, Long.MAX_VALUE);
      double sample = Math.clamp(seconds * 1e9 / 50, SHORTEST_SAMPLE, LONGEST_SAMPLE);
      for (int i = 0; i < group.length; i++) {
        group[i] = 1;
        long end = System.nanoTime() + (long) (seconds * 0.25e9);
        double nanos;
        do {
          nanos = run(timed.get(i), group[i]);
          group[i] = (int) Math.clamp(group[i] * sample / Math.max(1, nanos), 1, 1e6);
        } while (System.nanoTime() < end);
      }
    }

    void round(int number) {
      for (int k = 0; k < group.length; k++) {
        int i = (k + number) % group.length;
        // One call to bring operands and threads back.
        timed.get(i).call().run();
        long before = allocated();
        double nanos = run(timed.get(i), group[i]);
        long grown = Math.max(0, allocated() - before - COUNTING);
        bytes[i] = before < 0 ? -1 : Math.min(bytes[i], grown / group[i]);
        if (number == samples[i].length) {
          samples[i] = Arrays.copyOf(samples[i], 2 * number + FEWEST_ROUNDS);
        }
        samples[i][number] = nanos / group[i];
        count = number + 1;
      }
    }

    private int count;

    double median(int i) {
      double[] sorted = Arrays.copyOf(samples[i], count);
      Arrays.sort(sorted);
      int half = count / 2;
      return count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    long bytes(int i) {
      return bytes[i];
    }
  }

  private static double run(Level level, int times) {
    Runnable call = level.call();
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      call.run();
    }
    return System.nanoTime() - start;
  }

  private static long counting() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 1000; i++) {
      long before = allocated();
      least = Math.min(least, allocated() - before);
    }
    return least;
  }

  /** Bytes that all threads have allocated so far, or −1. */
  private static long allocated() {
    return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean
        ? bean.getTotalThreadAllocatedBytes()
        : -1;
  }
}
