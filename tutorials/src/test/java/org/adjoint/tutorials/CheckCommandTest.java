package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.adjoint.autograd.check.OpCases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code adjoint check} prints, and that a wrong gradient is its exit status. */
final class CheckCommandTest {
  @TempDir Path folder;

  @Test
  void rowsHaveEveryField() throws IOException {
    Path json = folder.resolve("rows.json");
    Path html = folder.resolve("operations.html");
    CommandLineRun run =
        CommandLineRun.of(
            "check", "--op", "tanh,matmul", "--json", json.toString(), "--html", html.toString());
    assertEquals(0, run.status(), run.out() + run.err());
    assertTrue(Files.readString(html).contains("2 operations"), Files.readString(html));
    String rows = Files.readString(json);
    assertTrue(rows.startsWith("[") && rows.strip().endsWith("]"), rows);
    for (String key :
        new String[] {
          "op", "check", "device", "dtype", "kernel", "cases", "error", "bound", "ok"
        }) {
      assertTrue(rows.contains("\"" + key + "\": "), key);
    }
    for (String check : new String[] {"gradient", "gradient2", "value", "vjp", "pytorch"}) {
      assertTrue(rows.contains("\"check\": \"" + check + "\""), check);
    }
    assertTrue(rows.contains("\"CpuMatmul\"") && rows.contains("\"ReferenceMatmul\""), rows);
  }

  @Test
  void layersAndWorkloadsAreCheckedOnRequest() {
    CommandLineRun layers =
        CommandLineRun.of("check", "--layers=linear-tokens,gru", "--device", "cpu,sim");
    assertEquals(0, layers.status(), layers.out() + layers.err());
    assertTrue(layers.out().contains("layer gru"), layers.out());
    assertTrue(layers.out().contains("device sim (PTX simulator"), layers.out());
    assertTrue(
        layers.out().contains("4 rows, none failed, no call left to the reference"), layers.out());
    CommandLineRun steps =
        CommandLineRun.of("check", "--workloads", "dqn", "--steps", "2", "--device", "cpu");
    assertEquals(0, steps.status(), steps.out() + steps.err());
    assertTrue(steps.out().contains("1 operations, layers and workloads, 2 rows, 4 cases"));
    assertEquals(2, CommandLineRun.of("check", "--workloads", "qdn").status());
    assertEquals(2, CommandLineRun.of("check", "--layers", "liner").status());
    assertEquals(2, CommandLineRun.of("check", "--steps", "11").status());
  }

  @Test
  void everyComparisonIsShownOnRequest() {
    CommandLineRun few = CommandLineRun.of("check", "--op", "tanh", "--device", "cpu");
    CommandLineRun all = CommandLineRun.of("check", "--op", "tanh", "--device", "cpu", "--cases");
    assertEquals(0, all.status());
    assertTrue(all.out().lines().count() > 100 + few.out().lines().count());
  }

  @Test
  void anOpIsExplained() {
    CommandLineRun run = CommandLineRun.of("check", "--explain", "tanh");
    assertEquals(0, run.status(), run.err());
    for (String word : new String[] {"forward", "backward", "analytic", "numeric"}) {
      assertTrue(run.out().contains(word), run.out());
    }
    assertEquals(2, CommandLineRun.of("check", "--explain", "tahn").status());
    assertEquals(2, CommandLineRun.of("check", "--op", "tahn").status());
    assertEquals(2, CommandLineRun.of("check", "--device", "gpu").status());
  }

  @Test
  void aUsersOpJoinsFromAJarAndAWrongOneFails() throws IOException {
    CommandLineRun right =
        CommandLineRun.of("check", "--op", "triple", "--catalogue", jar("right", 3).toString());
    assertEquals(0, right.status(), right.out() + right.err());
    assertTrue(right.out().contains("triple"), right.out());
    CommandLineRun wrong =
        CommandLineRun.of("check", "--op", "triple", "--catalogue", jar("wrong", -3).toString());
    assertEquals(1, wrong.status());
    assertTrue(wrong.out().contains("FAILED"), wrong.out());
    assertEquals(1, CommandLineRun.of("check", "--catalogue", folder + "/none.jar").status());
    Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
    CommandLineRun foreign = CommandLineRun.of("check", "--catalogue", text.toString());
    assertEquals(1, foreign.status());
    assertTrue(foreign.err().contains("text.jar: no jar with operations"), foreign.err());
  }

  /** Compiles an op 3·x whose gradient is {@code slope} · dy into a jar with its service. */
  private Path jar(String name, int slope) throws IOException {
    String source =
        """
        package strangers;

        import java.util.List;
        import org.adjoint.autograd.Graph;
        import org.adjoint.autograd.Op;
        import org.adjoint.autograd.Variable;
        import org.adjoint.autograd.Vjp;
        import org.adjoint.autograd.check.OpCase;
        import org.adjoint.autograd.check.OpCases;
        import org.adjoint.autograd.check.Values;
        import org.adjoint.kernels.Kernels;
        import org.adjoint.kernels.UnaryOp;
        import org.adjoint.tensor.Tensor;

        public final class TripleCases implements OpCases {
          public record Triple() implements Op.Differentiable {
            public String name() {
              return "triple";
            }

            public Tensor forward(Kernels kernels, Tensor... in) {
              Tensor y = Tensor.result(in[0].device(), in[0].dtype(), in[0].shape());
              kernels.elementwise().unary(UnaryOp.MUL_SCALAR, in[0], 3, 0, y);
              return y;
            }

            public Variable[] vjp(Vjp v) {
              return new Variable[] {v.dy().mul(SLOPE)};
            }
          }

          public List<OpCase> cases() {
            return List.of(
                OpCase.of("triple", "y = 3x", "dx = 3 dy")
                    .input("x", Values.between(-2, 2), 3, 4)
                    .applying(in -> Graph.apply(new Triple(), in[0])));
          }
        }
        """
            .replace("SLOPE", Integer.toString(slope));
    return StrangersJar.of(folder, name, "TripleCases", OpCases.class, source);
  }
}
