package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.TracingKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Who listens hears the kernels of a replay as those of any other step. */
class HeardReplayTest {
  @Test
  void aReplayIsHeard() {
    Device device = Backends.get("reference");
    Placeholder x = new Placeholder("x", device, DType.F32, 2, 2);
    Variable w = Variable.of(Tensor.of(device, new float[] {1, 0, 0, 1}, 2, 2));
    Program program = Program.capture(() -> Matmul.matmul(x.variable(), w), x);
    Session session = program.session();
    List<TracingKernels.Call> calls = new ArrayList<>();
    try (TracingKernels.Listening _ = TracingKernels.listen(calls::add)) {
      session.run();
    }
    session.run();
    assertEquals(1, calls.size(), calls.toString());
    TracingKernels.Call call = calls.getFirst();
    assertEquals("matmul", call.op());
    assertEquals("ReferenceMatmul", call.kernel());
    Shape square = Shape.of(2, 2);
    assertEquals(List.of(square, square, square), call.shapes());
    session.feed(0, Tensor.of(device, new float[] {5, 6, 7, 8}, 2, 2)).run();
    assertArrayEquals(new float[] {5, 6, 7, 8}, session.output(0).toFloatArray());
  }
}
