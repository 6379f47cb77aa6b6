package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.MemoryUse;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Plans of results that are larger than this JVM: only their sizes count. */
class MemoryPlanTest {
  private static final int GIGA = 1 << 30;

  /** Gives out memory that is not there. */
  private static final class Nowhere implements Device {
    @Override
    public String name() {
      return "nowhere";
    }

    @Override
    public Storage allocate(DType dtype, int size, boolean temporary) {
      return new Storage(this, dtype, size) {};
    }

    @Override
    public void recycle(Storage storage) {}

    @Override
    public void upload(Object array, int from, Storage target, int to, int count) {}

    @Override
    public void download(Storage source, int from, Object array, int to, int count) {}

    @Override
    public void copy(Storage source, int from, Storage target, int to, int count) {}

    @Override
    public MemoryUse memory() {
      throw new UnsupportedOperationException();
    }
  }

  private final Device nowhere = new Nowhere();

  /** Results of so many elements, all read by the last call. */
  private MemoryPlan plan(int... sizes) {
    List<Instruction> program = new ArrayList<>();
    Ref[] all = new Ref[sizes.length + 1];
    KernelWork work = new KernelWork.Call(Family.MATMUL, "matmul", List.of(), false, (k, t) -> {});
    for (int i = 0; i < sizes.length; i++) {
      Tensor sample = Tensor.owned(nowhere, DType.F32, Shape.of(sizes[i]));
      all[i] = new Ref(Buffer.inside(i, sample), sample.layout());
      program.add(call(work, "w", i, all[i]));
    }
    Tensor sum = Tensor.owned(nowhere, DType.F32, Shape.SCALAR);
    all[sizes.length] = new Ref(Buffer.inside(sizes.length, sum), sum.layout());
    program.add(call(work, "r".repeat(sizes.length) + "w", sizes.length, all));
    return new MemoryPlan(program, new Ref[] {all[sizes.length]});
  }

  private static Instruction call(KernelWork work, String roles, int number, Ref... refs) {
    RecordedCall recorded = new RecordedCall(number, Phase.FORWARD, "matmul", Shape.SCALAR);
    return new Instruction(work, roles, refs, Phase.FORWARD, -1, List.of(recorded));
  }

  @Test
  void resultsThatFitNoBlockAreRefused() {
    MemoryPlan most = plan(GIGA, GIGA - 1000);
    assertTrue(most.size(DType.F32) > 2 * (GIGA - 1000));
    assertEquals(4L * most.size(DType.F32), most.bytes());
    CaptureException e = assertThrows(CaptureException.class, () -> plan(GIGA, GIGA, 1000));
    assertTrue(e.getMessage().contains("record a smaller batch"), e.getMessage());
    assertThrows(CaptureException.class, () -> plan(GIGA, GIGA, GIGA, GIGA, GIGA));
  }
}
