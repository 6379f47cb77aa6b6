package org.adjoint.bench;

import java.util.Arrays;
import java.util.Locale;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.HeapDevice;

/**
 * The times of a workload's steps.
 *
 * @param workload the workload's name
 * @param device that it runs on
 * @param threads the number of threads used
 * @param medianMillis the median time of a step, in milliseconds
 * @param minMillis the shortest time of a step, in milliseconds
 * @param steps how many steps were timed
 * @param warmUpSeconds how long the steps before ran
 */
public record Measurement(
    String workload,
    String device,
    int threads,
    double medianMillis,
    double minMillis,
    int steps,
    double warmUpSeconds) {
  private static final int WINDOW = 25;

  /** Steps that a device with a queue is given before it is waited for. */
  private static final int QUEUED = 10;

  /** Milliseconds of a step that no queue makes shorter. */
  private static final double LONG_STEP = 50;

  /**
   * Warms a workload up until its steps stop getting faster, and times its steps for {@code
   * seconds}. A device with a queue is given ten steps at a time, if they are short, and waited
   * for: the time of a step is a tenth.
   *
   * @param workload what is timed
   * @param backend that it runs on
   * @param threads how many threads are set
   * @param seconds how long it is timed
   * @param longest at most so many seconds of warming up
   */
  public static Measurement of(
      Workload workload, Backend backend, int threads, double seconds, double longest) {
    long start = System.nanoTime();
    double warmUp = Math.min(longest, Math.max(2, seconds));
    time(workload, backend, 0, 1);
    // A queue is for steps that are short.
    boolean queue = !(backend instanceof HeapDevice) && time(workload, backend, 1, 1) < LONG_STEP;
    int group = queue ? QUEUED : 1;
    int batch = 2;
    // Compilation comes in waves: warming goes on while a window of steps beats the best before it.
    double best = Double.MAX_VALUE;
    int calm = 0;
    double[] window = new double[WINDOW];
    while (true) {
      double elapsed = (System.nanoTime() - start) * 1e-9;
      if (elapsed > longest || (elapsed > warmUp && calm >= 8)) {
        break;
      }
      for (int i = 0; i < WINDOW && (System.nanoTime() - start) * 1e-9 < longest; i++) {
        window[i] = time(workload, backend, batch, group);
        batch += group;
      }
      double median = median(window);
      calm = median > 0.98 * best ? calm + 1 : 0;
      best = Math.min(best, median);
    }
    final double warmed = (System.nanoTime() - start) * 1e-9;
    double[] times = new double[1024];
    int n = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end || n < 3) {
      if (n == times.length) {
        times = Arrays.copyOf(times, 2 * n);
      }
      times[n++] = time(workload, backend, batch, group);
      batch += group;
    }
    double[] sorted = Arrays.copyOf(times, n);
    double median = median(sorted);
    return new Measurement(
        workload.name(), backend.name(), threads, median, sorted[0], n * group, warmed);
  }

  private static double time(Workload workload, Backend backend, int batch, int group) {
    long start = System.nanoTime();
    for (int i = 0; i < group; i++) {
      workload.step((batch + i) % Workload.BATCHES);
    }
    backend.synchronize();
    return (System.nanoTime() - start) * 1e-6 / group;
  }

  /** Returns the median; sorts the argument. */
  private static double median(double[] values) {
    Arrays.sort(values);
    int n = values.length;
    return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
  }

  /** Returns the measurement as one line of JSON. */
  public String json() {
    return String.format(
        Locale.ROOT,
        "{\"workload\": \"%s\", \"device\": \"%s\", \"threads\": %d, \"median_ms\": %.5f,"
            + " \"min_ms\": %.5f, \"n\": %d, \"warmup_s\": %.1f}",
        workload,
        device,
        threads,
        medianMillis,
        minMillis,
        steps,
        warmUpSeconds);
  }
}
