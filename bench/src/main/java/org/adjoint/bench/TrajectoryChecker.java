package org.adjoint.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Comparison;
import org.adjoint.autograd.check.Tally;
import org.adjoint.kernels.Backend;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;

/**
 * Ten steps of each of the sixteen workloads beside those that PyTorch recorded. A loss may be off
 * by one part in 10⁹ in float64; in float32 it may be at most four times as far from float64 as
 * PyTorch's is, or one part in 10⁵.
 */
public final class TrajectoryChecker {
  private final List<Backend> devices;
  private final List<String> failures = new ArrayList<>();
  private Consumer<Comparison> listener = c -> {};

  /** Prepares a run on these devices. */
  public TrajectoryChecker(List<Backend> devices) {
    this.devices = List.copyOf(devices);
  }

  /** Shows every single comparison to a listener. */
  public TrajectoryChecker listen(Consumer<Comparison> each) {
    listener = each;
    return this;
  }

  /** Returns what went wrong, a line each; empty after a run without failure. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /**
   * Trains and returns a row for each workload, device and type.
   *
   * @param names of the workloads
   * @param steps at most ten
   * @param each is given the row as soon as it is there
   */
  public List<CheckRow> run(Collection<String> names, int steps, Consumer<CheckRow> each) {
    List<CheckRow> rows = new ArrayList<>();
    for (Trajectory t : Trajectory.all()) {
      for (Backend device : names.contains(t.name()) ? devices : List.<Backend>of()) {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
          if (device.computes(dtype)) {
            CheckRow row = run(t, device, dtype, steps);
            rows.add(row);
            each.accept(row);
          }
        }
      }
    }
    return rows;
  }

  private CheckRow run(Trajectory t, Backend device, DType dtype, int steps) {
    Tally tally =
        new Tally(t.name(), "steps", device.name(), dtype.toString(), "", listener, failures::add);
    double[] exact = t.exact();
    double[] torch = t.single();
    long before = device.fallbacks();
    try {
      TrajectoryModels.Trained trained = t.start(Setup.of(device, dtype, 1));
      for (int s = 0; s < Math.min(steps, exact.length); s++) {
        tally.begin();
        Variable[] given = t.operands(device, dtype, s);
        double bound =
            dtype == DType.F64
                ? 1e-9 * Math.abs(exact[s])
                : Math.max(1e-5 * Math.abs(exact[s]), 4 * Math.abs(torch[s] - exact[s]));
        try (Scope _ = Scope.open()) {
          double loss = trained.step().run(given).item();
          String at = "[" + s + "]";
          tally.compare(t.name(), "loss", at, exact[s], loss, Math.abs(loss - exact[s]), bound);
        }
      }
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      tally.broken(t.name() + " " + device.name() + " " + dtype + " threw " + e);
    }
    tally.fellBack(device.fallbacks() - before, device.computes(DType.F64), t.name());
    return tally.row();
  }
}
