package org.adjoint.layers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.KeyValueCache;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The models of the workloads: how large they are and what they take. */
final class ModelsTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F64, 5);

  private static int numbers(Network n) {
    return n.parameters().values().stream().mapToInt(p -> p.value().size()).sum();
  }

  @Test
  void parameterCounts() {
    assertEquals(61_706, numbers(Models.lenet5(setup)));
    assertEquals(272_474, numbers(Models.resnet20(setup)));
    // Two tables, 4 blocks of 789,760, the last norm and the head.
    assertEquals(96 * 256 + 128 * 256 + 4 * 789_760 + 512 + 257 * 96, numbers(Models.gpt(setup)));
  }

  @Test
  void residualNetworksTakeImagesOfAnySize() {
    Variable x = Variable.of(Tensor.zeros(device, DType.F64, 2, 1, 8, 8));
    assertArrayEquals(new int[] {2, 4}, Models.resnet(setup, 1, 1, 4).forward(x).shape().toArray());
    assertThrows(ArgumentException.class, () -> Models.resnet(setup, 1, 0, 4));
  }

  @Test
  void generatingTokenByTokenIsTheWholePass() {
    Gpt model = new Gpt(setup, 7, 6, 8, 2, 2, 0.1);
    model.eval();
    Tensor text = Tensor.of(device, new int[] {3, 1, 4, 1, 5, 2}, 1, 6);
    Tensor whole = model.forward(Variable.of(text)).value();
    assertArrayEquals(new int[] {1, 6, 7}, whole.shape().toArray());
    Graph.noGrad(
        () -> {
          List<KeyValueCache> caches = model.caches(1);
          for (int t = 0; t < 6; t++) {
            Tensor one = model.forward(text.slice(1, t, t + 1, 1), caches).value();
            for (int c = 0; c < 7; c++) {
              assertEquals(whole.get(0, t, c), one.get(0, 0, c), 1e-12);
            }
          }
        });
    assertEquals("Gpt(2 blocks)", model.toString());
    assertThrows(ArgumentException.class, () -> new Gpt(setup, 7, 6, 8, 2, 0, 0));
  }
}
