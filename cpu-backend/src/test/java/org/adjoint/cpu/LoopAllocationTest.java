package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No loop boxes a vector once it is compiled: with all operations in rotation in one JVM, none
 * allocates. That JVM is a child, because tests at several widths in one JVM keep the compiler from
 * knowing the one class of vectors that a program has, and a coverage agent moves inlining limits.
 */
@Tag("sweep")
class LoopAllocationTest {
  private static final int SIZE = 4096;
  private static final int CALLS = 200;

  /** One boxed vector a call would be 80 bytes; the counter itself may cost a little. */
  private static final long ALLOWED = 10 * CALLS;

  private static final long PATIENCE_NANOS = 60_000_000_000L;

  @Test
  void noLoopAllocates() throws Exception {
    assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "no counter");
    assertEquals(List.of(), ChildJvm.run(Rotation.class));
  }

  /** Runs all loops in turn until none allocates any more; says which do. */
  static final class Rotation {
    private Rotation() {}

    private static List<Expr> expressions() {
      List<Expr> all = new ArrayList<>();
      for (UnaryOp op : UnaryOp.values()) {
        all.add(op.value());
        all.add(op.vjp());
      }
      for (BinaryOp op : BinaryOp.values()) {
        all.add(op.value());
      }
      return all;
    }

    public static void main(String[] args) {
      ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      LoopCompiler compiler = LoopCompiler.preferred();
      List<Expr> all = expressions();
      float[][] data = new float[4][SIZE];
      for (int i = 0; i < SIZE; i++) {
        data[0][i] = 0.5f + i * 1e-4f;
        data[1][i] = 1.5f - i * 1e-4f;
        data[2][i] = 1;
      }
      ElementTask[] tasks = new ElementTask[all.size()];
      ElementLoop[] loops = new ElementLoop[all.size()];
      for (int k = 0; k < loops.length; k++) {
        Expr e = all.get(k);
        loops[k] = compiler.loop(e, DType.F32, 0);
        tasks[k] = new ElementTask(loops[k], 1 + e.operandCount(), 0.3, 1.7).slot(0, data[3], 0, 0);
        for (int i = 0; i < e.operandCount(); i++) {
          tasks[k].slot(1 + i, data[i], 0, 0);
        }
      }
      long thread = Thread.currentThread().threadId();
      long end = System.nanoTime() + PATIENCE_NANOS;
      List<String> guilty = List.of("all");
      while (!guilty.isEmpty() && System.nanoTime() < end) {
        guilty = new ArrayList<>();
        for (int k = 0; k < loops.length; k++) {
          long before = bean.getThreadAllocatedBytes(thread);
          for (int i = 0; i < CALLS; i++) {
            loops[k].run(tasks[k], 0, 1, 0, SIZE);
          }
          long bytes = bean.getThreadAllocatedBytes(thread) - before;
          if (bytes > ALLOWED) {
            guilty.add(all.get(k) + " allocates " + bytes / CALLS + " bytes a call");
          }
        }
      }
      guilty.forEach(System.out::println);
    }
  }
}
