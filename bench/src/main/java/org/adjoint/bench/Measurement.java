package org.adjoint.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * The times of a workload's steps.
 *
 * @param workload the workload's name
 * @param threads the number of threads used
 * @param medianMillis the median time of a step, in milliseconds
 * @param minMillis the shortest time of a step, in milliseconds
 * @param steps how many steps were timed
 * @param warmUpSeconds how long the steps before ran
 */
public record Measurement(
    String workload,
    int threads,
    double medianMillis,
    double minMillis,
    int steps,
    double warmUpSeconds) {
  private static final double LONGEST_WARM_UP = 20;
  private static final int WINDOW = 25;

  /**
   * Warms a workload up until its steps stop getting faster, at most 20 seconds, and times its
   * steps for {@code seconds}.
   */
  public static Measurement of(Workload workload, int threads, double seconds) {
    long start = System.nanoTime();
    double warmUp = Math.min(LONGEST_WARM_UP, Math.max(2, seconds));
    int batch = 0;
    // Compilation comes in waves: warming goes on while a window of steps beats the best before it.
    double best = Double.MAX_VALUE;
    int calm = 0;
    double[] window = new double[WINDOW];
    while (true) {
      double elapsed = (System.nanoTime() - start) * 1e-9;
      if (elapsed > LONGEST_WARM_UP || (elapsed > warmUp && calm >= 8)) {
        break;
      }
      for (int i = 0; i < WINDOW && (System.nanoTime() - start) * 1e-9 < LONGEST_WARM_UP; i++) {
        window[i] = time(workload, batch++ % Workload.BATCHES);
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
      times[n++] = time(workload, batch++ % Workload.BATCHES);
    }
    double[] sorted = Arrays.copyOf(times, n);
    double median = median(sorted);
    return new Measurement(workload.name(), threads, median, sorted[0], n, warmed);
  }

  private static double time(Workload workload, int batch) {
    long start = System.nanoTime();
    workload.step(batch);
    return (System.nanoTime() - start) * 1e-6;
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
        "{\"workload\": \"%s\", \"threads\": %d, \"median_ms\": %.5f, \"min_ms\": %.5f, \"n\": %d,"
            + " \"warmup_s\": %.1f}",
        workload,
        threads,
        medianMillis,
        minMillis,
        steps,
        warmUpSeconds);
  }
}
