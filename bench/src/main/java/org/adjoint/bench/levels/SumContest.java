package org.adjoint.bench.levels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.cpu.Parallel;
import org.adjoint.cpu.Region;
import org.adjoint.cpu.VectorModule;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Tensor;

/** The sum of n elements. */
final class SumContest implements Contest {
  /** A sum over a range. */
  private interface Sum {
    float of(float[] x, int from, int to);
  }

  private final int n;
  private final Tensor operand;
  private final float[] x;
  private final float[] out = new float[1];

  SumContest(Backend home, int n) {
    this.n = n;
    operand = Tensor.of(home, Operands.random(1, n, -1, 1), n);
    x = Operands.array(operand);
  }

  @Override
  public double flops() {
    return n;
  }

  @Override
  public double bytes() {
    return 4.0 * n;
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    List<Level> levels = new ArrayList<>();
    levels.add(level("plain", "one running sum", PlainLoops::sum));
    levels.add(level("auto", "eight running sums, scalar", CountedLoops::sum));
    if (VectorModule.isUsable()) {
      levels.add(level("vector", "Vector API by hand", VectorLoops::sum));
    }
    return levels;
  }

  private Level level(String name, String note, Sum sum) {
    // A cache line apart.
    float[] partial = new float[Parallel.MAX_THREADS * 16];
    Region region =
        new Region() {
          @Override
          public void run(int part, int parts) {
            partial[part * 16] =
                sum.of(x, first(n, 64, part, parts), first(n, 64, part + 1, parts));
          }
        };
    return new Level(
        name,
        note,
        () -> {
          int parts = Parallel.threads();
          Parallel.run(region, parts);
          float total = 0;
          for (int p = 0; p < parts; p++) {
            total += partial[p * 16];
          }
          out[0] = total;
        },
        () -> Arrays.fill(out, Float.NaN),
        out::clone);
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor t = Operands.on(backend, operand);
    Tensor y = Operands.empty(backend);
    var kernels = backend.kernels().reductions();
    return new Level(
        name,
        note,
        () -> kernels.reduce(ReduceOp.SUM, t, 0, y),
        () -> Operands.forget(y),
        y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    double total = 0;
    double absolute = 0;
    for (float v : x) {
      total += v;
      absolute += Math.abs(v);
    }
    return Judge.sums(new double[] {total}, new double[] {absolute}, n);
  }
}
