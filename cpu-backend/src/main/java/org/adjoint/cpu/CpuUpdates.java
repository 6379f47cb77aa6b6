package org.adjoint.cpu;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Optimizer steps: parameter and state are read and written in one generated loop. */
final class CpuUpdates implements UpdateKernels {
  private final LoopCompiler loops;
  private final ConcurrentHashMap<UpdateRule, ElementLoop> singles = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<UpdateRule, ElementLoop> doubles = new ConcurrentHashMap<>();

  CpuUpdates(LoopCompiler loops) {
    this.loops = loops;
  }

  @Override
  public void update(UpdateStep step, Tensor... tensors) {
    ElementLoop loop = loop(step.rule(), tensors[0].dtype());
    ElementTask task = ElementTask.ofThread(loop, slots(tensors), step.numbers());
    place(task, tensors).executeOnce(1, tensors[0].size());
  }

  @Override
  public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
    ElementLoop loop = loop(step.rule(), tensors[0].dtype());
    RowUpdate.run(loop, step.numbers(), index, tensors);
  }

  @Override
  public Runnable bindUpdate(Supplier<UpdateStep> step, Tensor... tensors) {
    DType type = tensors[0].dtype();
    int size = tensors[0].size();
    UpdateStep first = step.get();
    ElementTask task = new ElementTask(loop(first.rule(), type), slots(tensors), first.numbers());
    place(task, tensors);
    return () -> {
      UpdateStep now = step.get();
      task.set(loop(now.rule(), type), now.numbers());
      task.execute(1, size);
    };
  }

  private ElementLoop loop(UpdateRule rule, DType type) {
    ConcurrentHashMap<UpdateRule, ElementLoop> made = type == DType.F64 ? doubles : singles;
    ElementLoop loop = made.get(rule);
    if (loop == null) {
      loop = loops.loop(new LoopCompiler.Key(rule.results(), type, 0));
      made.put(rule, loop);
    }
    return loop;
  }

  /** All tensors are operands, and all but the gradient are results. */
  static int slots(Tensor... tensors) {
    return 2 * tensors.length - 1;
  }

  static ElementTask place(ElementTask task, Tensor... tensors) {
    int slot = 0;
    for (int i = 0; i < tensors.length; i++) {
      if (i != 1) {
        place(task, slot++, tensors[i]);
      }
    }
    for (int i = 0; i < tensors.length; i++) {
      place(task, slot++, tensors[i]);
    }
    return task;
  }

  private static void place(ElementTask task, int slot, Tensor t) {
    task.slot(slot, Heap.array(t), Heap.at(t), 0);
  }
}
