package org.adjoint.bench.levels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.adjoint.cpu.Parallel;
import org.adjoint.cpu.VectorModule;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UserKernel;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The levels of every operation agree with the reference, and what they cost is told. */
final class LevelsTest {
  private static final double SECONDS = 0.001;

  private final Backend cpu = Backends.get("cpu");
  private final Backend reference = Backends.get("reference");

  static List<String> operations() {
    return Contests.names();
  }

  private static Contests.Entry entry(String op) {
    return Objects.requireNonNull(Contests.find(op));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void everyLevelIsRightAndMeasured(String op) {
    Contests.Entry entry = entry(op);
    int threads = Parallel.threads();
    Race.Result result = new Race(entry, entry.small(), 2, SECONDS, cpu, reference).run();
    assertEquals(threads, Parallel.threads(), "the number of threads is what it was");
    assertEquals(2, result.ceilings().size());
    Set<String> levels = new TreeSet<>();
    for (Race.Row row : result.rows()) {
      levels.add(row.level());
      assertEquals(op, row.op());
      assertTrue(row.nanos() > 0 && row.gflops() > 0 && row.gigabytes() > 0, row.toString());
      assertTrue(row.error() >= 0 && row.error() <= 4, row.toString());
      assertTrue(row.rounds() >= 5, row.toString());
      String json = row.json();
      for (String key :
          List.of("level", "threads", "microseconds", "fraction", "allocated_bytes", "error")) {
        assertTrue(json.contains("\"" + key + "\": "), json);
      }
    }
    assertTrue(levels.containsAll(Set.of("plain", "auto")), levels.toString());
    assertTrue(levels.contains("generated") || levels.contains("backend"), levels.toString());
    assertEquals(2 * levels.size(), result.rows().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"add", "mul", "fma", "relu", "exp", "tanh", "sigmoid", "gelu", "sum"})
  void theVectorApiIsThereByHand(String op) {
    Contests.Entry entry = entry(op);
    List<Level> levels = entry.maker().apply(cpu, new int[] {1}).byHand();
    assertEquals(VectorModule.isUsable(), levels.getLast().name().equals("vector"));
  }

  /**
   * exp by {@link Math}, of other bits than the backend's, with element 5 a thousandth off where
   * {@code wrong}.
   */
  private static UserKernel exp(boolean wrong) {
    return new UserKernel() {
      @Override
      public String name() {
        return "my_exp";
      }

      @Override
      public String op() {
        return "exp";
      }

      @Override
      public Kernels over(Kernels kernels) {
        return new ForwardingKernels(kernels) {
          @Override
          public ElementwiseKernels elementwise() {
            return new ForwardingKernels.Elementwise(kernels.elementwise()) {
              @Override
              public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
                boolean plain = x.isContiguous() && x.shape().equals(out.shape());
                if (op != UnaryOp.EXP || out.dtype() != DType.F32 || !plain) {
                  super.unary(op, x, alpha, beta, out);
                } else {
                  float[] from = ((HeapStorage) x.storage()).floats();
                  float[] to = ((HeapStorage) out.storage()).floats();
                  for (int i = 0; i < out.size(); i++) {
                    double y = Math.exp(from[x.layout().offset() + i]);
                    to[out.layout().offset() + i] = (float) (wrong && i == 5 ? y + 1e-3 : y);
                  }
                }
              }
            };
          }
        };
      }
    };
  }

  @Test
  void aWrongLevelIsNotTimed() {
    Race race = new Race(entry("exp"), new int[] {100}, 1, SECONDS, cpu, reference);
    race.add(cpu.with(exp(false)), "right");
    assertEquals("right", race.run().rows().getLast().level());
    Race wrong = new Race(entry("exp"), new int[] {100}, 1, SECONDS, cpu, reference);
    wrong.add(cpu.with(exp(true)), "my_exp");
    String said = assertThrows(IllegalStateException.class, wrong::run).getMessage();
    assertTrue(said.contains("level my_exp on 1 threads: element [5] expected "), said);
  }

  @Test
  void aWrongKernelOfAUserIsFoundByTheCatalogue() {
    UserKernel wrong = exp(true);
    String failure = UserKernels.firstFailure(wrong, cpu.with(wrong), reference);
    assertTrue(failure.matches("exp/7 .*cpu\\+my_exp.*\\[5\\] expected .* received .*"), failure);
  }

  @Test
  void aKernelOfAnUnknownOperationIsRefused() {
    UserKernel lost =
        new UserKernel() {
          @Override
          public String name() {
            return "lost";
          }

          @Override
          public String op() {
            return "exq";
          }

          @Override
          public Kernels over(Kernels kernels) {
            return kernels;
          }
        };
    assertThrows(
        ArgumentException.class, () -> UserKernels.firstFailure(lost, reference, reference));
  }

  @Test
  void judgesRefuseWhatIsMissingOrNotANumber() {
    Judge judge = Judge.ulps(new double[] {1, 2}, 0.5);
    assertEquals("", judge.firstFailure(new float[] {1, 2}));
    assertEquals(0, judge.error(new float[] {1, 2}));
    assertEquals(1, judge.error(new float[] {1, Math.nextUp(2f)}));
    assertTrue(judge.firstFailure(new float[] {1, Math.nextUp(2f)}).startsWith("element [1]"));
    assertFalse(judge.firstFailure(new float[] {Float.NaN, 2}).isEmpty());
    assertEquals(Double.POSITIVE_INFINITY, judge.error(new float[] {1}));
    assertFalse(judge.firstFailure(new float[] {1}).isEmpty());
  }

  @Test
  void someElementsOfALargeProductAreJudged() {
    Contest large = entry("matmul").maker().apply(cpu, new int[] {1100, 2000, 1000});
    Judge judge = large.judge(reference);
    assertEquals(67 * 67, judge.expected().length);
    assertEquals(1_100_000, judge.size());
    Level level = large.on(cpu, "cpu", "");
    level.call().run();
    float[] y = level.result().get();
    assertEquals("", judge.firstFailure(y));
    assertTrue(judge.error(y) <= 1);
    y[y.length - 1] += 1;
    assertTrue(judge.firstFailure(y).startsWith("element [1099999] expected "));
  }

  @Test
  void devicesWithAQueueRaceBeneathTheirCopy() {
    Backend sim = Backends.get("sim");
    for (String op : List.of("add", "softmax", "matmul", "adam")) {
      Contests.Entry entry = entry(op);
      Race.Result result =
          new DeviceRace(entry, entry.small(), SECONDS, List.of(sim), cpu, reference).run();
      assertTrue(result.ceilings().getFirst().copy() > 0, op);
      Race.Row row = result.rows().getFirst();
      assertEquals("sim", row.level());
      assertTrue(row.nanos() > 0 && row.error() <= 4 && row.rounds() >= 5, row.toString());
      assertEquals(op.equals("matmul"), Double.isNaN(row.fraction()), row.toString());
    }
    DeviceRace wrong =
        new DeviceRace(entry("exp"), new int[] {100}, SECONDS, List.of(), cpu, reference);
    wrong.add(cpu.with(exp(true)), "my_exp");
    String said = assertThrows(IllegalStateException.class, wrong::run).getMessage();
    assertTrue(said.contains("exp at 100 on my_exp: element [5] expected "), said);
  }

  @Test
  void sizesAreChecked() {
    assertNull(entry("matmul").problem(new int[] {3, 4, 5}));
    assertNotNull(entry("matmul").problem(new int[] {3, 4}));
    assertNotNull(entry("matmul").problem(new int[] {1 << 20, 1 << 20, 1}));
    assertNotNull(entry("add").problem(new int[] {0}));
    assertNotNull(entry("conv2d").problem(new int[] {1, 1, 3, 3, 1, 5}));
    assertNotNull(entry("max_pool2d").problem(new int[] {1, 1, 1, 3}));
    assertNull(Contests.find("exq"));
  }
}
