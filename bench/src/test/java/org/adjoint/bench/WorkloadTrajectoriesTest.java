package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ten steps of each of the sixteen workloads beside those that PyTorch recorded. */
final class WorkloadTrajectoriesTest {
  private static final List<Backend> CPU = List.of(Backends.get("cpu"));

  static List<Trajectory> recorded() {
    List<Trajectory> all = Trajectory.all();
    assertEquals(
        Workloads.names().stream().sorted().toList(),
        all.stream().map(Trajectory::name).sorted().toList());
    return all;
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void tenStepsFollowPyTorch(Trajectory t) {
    TrajectoryChecker checker = new TrajectoryChecker(CPU);
    List<CheckRow> rows = checker.run(List.of(t.name()), 10, r -> {});
    assertEquals(List.of(), checker.failures());
    assertEquals(2, rows.size());
    assertTrue(rows.stream().allMatch(r -> r.ok() && r.cases() == 10), rows.toString());
  }

  @Test
  void aWrongStepIsFound() {
    Trajectory right = Trajectory.all().getFirst();
    List<String[]> lines = new ArrayList<>(right.lines());
    lines.removeIf(l -> l[0].equals("parameter"));
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> new Trajectory("mlp", lines).start(Setup.of(CPU.getFirst(), DType.F32, 1)));
    assertTrue(e.getMessage().startsWith("mlp has parameters"), e.getMessage());
  }

  static List<Trajectory> learning() {
    return recorded().stream().filter(t -> !t.name().startsWith("infer")).toList();
  }

  /**
   * Of whole models: within 10⁻⁴ of the largest element of each gradient. Where an input of a
   * rectifier rounds to the other side of its kink, the gradient itself jumps (one of the three
   * million of resnet20 moves some elements by a hundredth of the largest, in PyTorch too); so the
   * batch is the first at which float32 finds all of them on the side where float64 finds them.
   */
  @ParameterizedTest
  @MethodSource("learning")
  void gradientsInFloatAreThoseInDouble(Trajectory t) {
    for (int s = 0; s < t.exact().length; s++) {
      RectifierSides exactSides = new RectifierSides();
      RectifierSides singleSides = new RectifierSides();
      List<Parameter> exact = stepped(t, DType.F64, s, exactSides);
      List<Parameter> single = stepped(t, DType.F32, s, singleSides);
      if (exactSides.equals(singleSides)) {
        assertGradients(exact, single, t + " batch " + s);
        return;
      }
    }
    fail(t + " has no batch that keeps off the kinks of all rectifiers");
  }

  /** The parameters, with gradients, after one step from where both types start. */
  private static List<Parameter> stepped(Trajectory t, DType dtype, int s, RectifierSides sides) {
    Backend device = CPU.getFirst().with(sides);
    TrajectoryModels.Trained trained = t.start(Setup.of(device, dtype, 1));
    for (Parameter p : trained.parameters()) {
      Trajectory.write(singles(p.value()), p.value());
    }
    try (Scope _ = Scope.open()) {
      trained.step().run(t.operands(device, dtype, s));
    }
    return trained.parameters();
  }

  private static void assertGradients(List<Parameter> exact, List<Parameter> single, String what) {
    int compared = 0;
    for (int k = 0; k < exact.size(); k++) {
      Tensor e = exact.get(k).gradient();
      Tensor f = single.get(k).gradient();
      assertEquals(e == null, f == null, what + " gradient of parameter " + k);
      if (e != null) {
        assertNear(e.toDoubleArray(), f.toDoubleArray(), what + " parameter " + k);
        compared++;
      }
    }
    assertTrue(compared > 0, what + " has no gradients");
  }

  private static double[] singles(Tensor t) {
    return Arrays.stream(t.toDoubleArray()).map(v -> (float) v).toArray();
  }

  private static void assertNear(double[] exact, double[] single, String what) {
    double bound = 1e-4 * Arrays.stream(exact).map(Math::abs).max().orElse(0);
    for (int i = 0; i < exact.length; i++) {
      assertEquals(exact[i], single[i], bound, what);
    }
  }
}
