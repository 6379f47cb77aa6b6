package org.adjoint.bench.levels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;

/**
 * Measures an operation on devices that have a queue, side by side, beneath the rate at which the
 * first of them copies as much memory as the operation uses. Each is checked against the reference
 * first; then they take turns, each given so many calls that waiting for the last of them does not
 * show. The median of the rounds counts.
 */
public final class DeviceRace {
  private static final int FEWEST_ROUNDS = 5;
  private static final int MOST_ROUNDS = 101;
  private static final double SAMPLE = 5e6;
  private static final double MOST_CALLS = 10_000;

  private final Contests.Entry entry;
  private final int[] size;
  private final double seconds;
  private final Contest contest;
  private final Judge judge;
  private final List<Entrant> entrants = new ArrayList<>();

  /** What is timed, and the device to wait for. */
  private record Entrant(Level level, Backend device) {
    double run(int times) {
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        level.call().run();
      }
      device.synchronize();
      return System.nanoTime() - start;
    }
  }

  /**
   * Prepares a race.
   *
   * @param entry the operation
   * @param size its size
   * @param seconds how long each device is timed
   * @param devices whose kernels join
   * @param home a device whose memory is the heap, where operands are made
   * @param reference what is right
   */
  public DeviceRace(
      Contests.Entry entry,
      int[] size,
      double seconds,
      List<Backend> devices,
      Backend home,
      Backend reference) {
    this.entry = entry;
    this.size = size.clone();
    this.seconds = seconds;
    contest = entry.maker().apply(home, size);
    judge = contest.judge(reference);
    for (Backend device : devices) {
      add(device, device.name());
    }
  }

  /** Adds a device under another name. */
  public void add(Backend device, String name) {
    Kernels kernels = device.kernels();
    Level level = contest.on(device, name, kernels.implementation(entry.family()));
    entrants.add(new Entrant(level, device));
  }

  /**
   * Runs.
   *
   * @throws IllegalStateException if a device gives a wrong number, with device, element, expected
   *     and received number
   */
  public Race.Result run() {
    double[] errors = new double[entrants.size()];
    for (int i = 0; i < errors.length; i++) {
      errors[i] = check(entrants.get(i).level());
    }
    List<Entrant> all = new ArrayList<>(entrants);
    Backend first = entrants.getFirst().device();
    all.addAll(copying(first));
    int[] calls = new int[all.size()];
    double[][] samples = new double[all.size()][MOST_ROUNDS];
    for (int i = 0; i < calls.length; i++) {
      double once = Math.max(1, Math.min(all.get(i).run(1), all.get(i).run(1)));
      calls[i] = (int) Math.clamp(SAMPLE / once, 1, MOST_CALLS);
    }
    long end = System.nanoTime() + (long) (seconds * 1e9 * entrants.size());
    int rounds = 0;
    while (rounds < FEWEST_ROUNDS || (rounds < MOST_ROUNDS && System.nanoTime() < end)) {
      for (int k = 0; k < calls.length; k++) {
        int i = (k + rounds) % calls.length;
        samples[i][rounds] = all.get(i).run(calls[i]) / calls[i];
      }
      rounds++;
    }
    double copy = 0;
    for (int i = entrants.size(); i < calls.length; i++) {
      double moved = 8.0 * Ceilings.copied(contest.footprint());
      copy = Math.max(copy, moved / median(samples[i], rounds));
    }
    Ceilings ceilings = new Ceilings(0, Double.NaN, copy);
    List<Race.Row> rows = new ArrayList<>();
    for (int i = 0; i < entrants.size(); i++) {
      double nanos = median(samples[i], rounds);
      rows.add(row(entrants.get(i).level(), nanos, ceilings, errors[i], rounds));
    }
    return new Race.Result(List.of(ceilings), rows);
  }

  private double check(Level level) {
    level.reset().run();
    level.call().run();
    float[] result = level.result().get();
    String failure = judge.firstFailure(result);
    if (!failure.isEmpty()) {
      throw new IllegalStateException(
          entry.op() + " at " + Contests.text(size) + " on " + level.name() + ": " + failure);
    }
    return judge.error(result);
  }

  /** Copies of half of what an operation uses: the driver's, and by a kernel. */
  private List<Entrant> copying(Backend device) {
    int n = Ceilings.copied(contest.footprint());
    Tensor from = Tensor.zeros(device, DType.F32, n);
    Tensor to = Tensor.owned(device, DType.F32, Shape.of(n));
    Storage source = from.storage();
    Runnable nothing = () -> {};
    Runnable whole = () -> device.copy(source, 0, to.storage(), 0, n);
    Runnable kernel = () -> device.kernels().elementwise().copy(from, to);
    return List.of(
        new Entrant(new Level("copy", "driver", whole, nothing, to::toFloatArray), device),
        new Entrant(new Level("copy", "kernel", kernel, nothing, to::toFloatArray), device));
  }

  private static double median(double[] samples, int rounds) {
    double[] sorted = Arrays.copyOf(samples, rounds);
    Arrays.sort(sorted);
    int half = rounds / 2;
    return rounds % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private Race.Row row(Level level, double nanos, Ceilings ceilings, double error, int rounds) {
    return new Race.Row(
        entry.op(),
        Contests.text(size),
        level.name(),
        level.note(),
        0,
        nanos,
        contest.flops() / nanos,
        contest.bytes() / nanos,
        contest.ceiling(),
        ceilings.of(contest.ceiling()),
        -1,
        error,
        judge.unit(),
        rounds);
  }
}
