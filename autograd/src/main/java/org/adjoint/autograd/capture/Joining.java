package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.ReduceView;
import org.adjoint.kernels.RowView;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Joins chains of element-wise work: where a result is read by one call only, which is element-wise
 * too or a reduction, its formula moves into that call and the result is never stored. The bits
 * stay, since a formula rounds after every operation as the separate calls do.
 */
final class Joining {
  /** Operations of a joined formula: long methods are not compiled by the JVM. */
  private static final int MOST_STEPS = 40;

  /** Operands of a joined formula: each needs an address register in the loop. */
  private static final int MOST_OPERANDS = 10;

  private final List<@Nullable Instruction> all;
  private final Ref[] outputs;
  private final Map<Buffer, Set<Integer>> readers = new HashMap<>();
  private final Map<Buffer, Set<Integer>> writers = new HashMap<>();

  private Joining(List<Instruction> all, Ref[] outputs) {
    this.all = new ArrayList<>(all);
    this.outputs = outputs;
    for (int i = 0; i < all.size(); i++) {
      Instruction each = all.get(i);
      for (int t = 0; t < each.refs().length; t++) {
        Buffer b = each.refs()[t].buffer();
        if (each.reads(t)) {
          note(readers, b, i);
        }
        if (each.writes(t)) {
          note(writers, b, i);
        }
      }
    }
  }

  private static void note(Map<Buffer, Set<Integer>> places, Buffer b, int i) {
    places.computeIfAbsent(b, k -> new HashSet<>()).add(i);
  }

  /** Returns the joined program. */
  static List<Instruction> join(List<Instruction> all, Ref[] outputs) {
    Joining joining = new Joining(all, outputs);
    for (int i = 0; i < all.size(); i++) {
      while (joining.joinInto(i)) {
        // one operand after the other
      }
    }
    List<Instruction> left = new ArrayList<>();
    for (Instruction i : joining.all) {
      if (i != null) {
        left.add(i);
      }
    }
    return left;
  }

  /** Moves the formula of one operand into a call, if there is one that may. */
  private boolean joinInto(int at) {
    Instruction consumer = all.get(at);
    if (consumer == null || formula(consumer.work()) == null) {
      return false;
    }
    for (int t = 0; t < consumer.refs().length - 1; t++) {
      Ref operand = consumer.refs()[t];
      int from = producer(operand, at);
      Instruction joined =
          from < 0 ? null : joined(all.get(from), consumer, operand.buffer(), from, at);
      if (joined != null) {
        all.set(from, null);
        all.set(at, joined);
        for (Ref r : joined.refs()) {
          Set<Integer> places = readers.get(r.buffer());
          if (places != null && places.remove(from)) {
            places.add(at);
          }
        }
        return true;
      }
    }
    return false;
  }

  /** Where a result is computed that only the call {@code at} reads; −1 if it may not move. */
  private int producer(Ref operand, int at) {
    Buffer b = operand.buffer();
    Set<Integer> written = writers.get(b);
    if (!b.isInside() || written == null || written.size() != 1) {
      return -1;
    }
    if (readers.getOrDefault(b, Set.of()).stream().anyMatch(i -> i != at)) {
      return -1;
    }
    for (Ref o : outputs) {
      if (o.buffer() == b) {
        return -1;
      }
    }
    int from = written.iterator().next();
    Instruction producer = all.get(from);
    boolean fits =
        from < at
            && producer != null
            && producer.work() instanceof KernelWork.Map
            && producer.result().isWhole()
            && producer.roles().indexOf('u') < 0;
    return fits ? from : -1;
  }

  private static @Nullable Expr formula(KernelWork work) {
    return switch (work) {
      case KernelWork.Map m -> m.f().bind(m.parameters());
      case KernelWork.Reduce r -> r.f();
      default -> null;
    };
  }

  /** The shape over which the formula of a call runs. */
  private static Shape domain(Instruction i) {
    if (i.work() instanceof KernelWork.Map) {
      return i.result().shape();
    }
    Shape shape = i.refs()[0].shape();
    for (int t = 1; t < i.refs().length - 1; t++) {
      shape = Shape.broadcast("reduce", shape, i.refs()[t].shape());
    }
    return shape;
  }

  private @Nullable Instruction joined(
      @Nullable Instruction producer, Instruction consumer, Buffer middle, int from, int at) {
    Expr inner = producer == null ? null : formula(producer.work());
    Expr outer = formula(consumer.work());
    if (producer == null || inner == null || outer == null) {
      return null;
    }
    Shape domain = domain(consumer);
    List<Ref> operands = new ArrayList<>();
    List<Expr> outerBy = new ArrayList<>();
    for (int t = 0; t < consumer.refs().length - 1; t++) {
      Ref r = consumer.refs()[t];
      if (r.buffer() != middle) {
        outerBy.add(Expr.operand(number(operands, r)));
        continue;
      }
      List<Expr> innerBy = new ArrayList<>();
      for (int s = 0; s < producer.refs().length - 1; s++) {
        Ref moved = moved(producer, producer.refs()[s], r, domain);
        if (moved == null || isWrittenBetween(moved.buffer(), from, at, consumer, moved)) {
          return null;
        }
        innerBy.add(Expr.operand(number(operands, moved)));
      }
      if (innerBy.isEmpty() && !r.shape().broadcastsTo(domain)) {
        return null;
      }
      outerBy.add(inner.substitute(innerBy));
    }
    Expr f = outer.substitute(outerBy);
    if (operands.size() > MOST_OPERANDS || f.steps() > MOST_STEPS) {
      return null;
    }
    return finish(producer, consumer, f, operands, domain);
  }

  private static @Nullable Instruction finish(
      Instruction producer, Instruction consumer, Expr f, List<Ref> operands, Shape domain) {
    KernelWork work;
    if (consumer.work() instanceof KernelWork.Reduce r) {
      if (!fits(r, operands, domain)) {
        return null;
      }
      work = new KernelWork.Reduce(r.reduce(), f, r.axis());
    } else {
      if (!RowView.of(sample(consumer.result()), samples(operands)).fits()) {
        return null;
      }
      work = new KernelWork.Map("map", f, new double[0]);
    }
    operands.add(consumer.result());
    return new Instruction(
        work,
        "r".repeat(operands.size() - 1) + "w",
        operands.toArray(new Ref[0]),
        consumer.phase(),
        -1,
        inOrder(producer.calls(), consumer.calls()));
  }

  private static List<RecordedCall> inOrder(List<RecordedCall> a, List<RecordedCall> b) {
    List<RecordedCall> all = new ArrayList<>(a);
    all.addAll(b);
    all.sort(Comparator.comparingInt(RecordedCall::number));
    return List.copyOf(all);
  }

  /** Whether a loop can walk the operands of a reduction, and they say what is to be reduced. */
  private static boolean fits(KernelWork.Reduce work, List<Ref> operands, Shape domain) {
    Shape common = Shape.SCALAR;
    for (Ref r : operands) {
      common = Shape.broadcast("reduce", common, r.shape());
    }
    return !operands.isEmpty()
        && common.equals(domain)
        && ReduceView.of(work.op(), work.axis(), samples(operands)).fits();
  }

  private static Tensor sample(Ref ref) {
    return ref.buffer().sample(ref.layout());
  }

  private static Tensor[] samples(List<Ref> refs) {
    return refs.stream().map(Joining::sample).toArray(Tensor[]::new);
  }

  private static int number(List<Ref> operands, Ref ref) {
    int known = operands.indexOf(ref);
    if (known < 0) {
      operands.add(ref);
      return operands.size() - 1;
    }
    return known;
  }

  /**
   * An operand of the producer as the consumer sees it: as it is if the result is read in its own
   * shape, reshaped if both are dense.
   */
  private static @Nullable Ref moved(Instruction producer, Ref operand, Ref read, Shape domain) {
    Ref result = producer.result();
    if (read.layout().equals(result.layout()) && result.shape().equals(domain)) {
      return operand;
    }
    if (!read.isWhole() || !read.shape().equals(domain)) {
      return null;
    }
    if (operand.shape().size() == 1 && operand.shape().rank() <= domain.rank()) {
      return operand;
    }
    boolean dense = operand.layout().isContiguous() && operand.shape().size() == domain.size();
    Layout layout = dense ? operand.layout().reshape(domain) : null;
    return layout == null ? null : new Ref(operand.buffer(), layout);
  }

  /**
   * Whether an operand of the producer changes before the consumer runs, or in it at other places
   * than the one just read.
   */
  private boolean isWrittenBetween(Buffer b, int from, int at, Instruction consumer, Ref operand) {
    if (consumer.result().buffer() == b && !consumer.result().isSameRun(operand)) {
      return true;
    }
    return writers.getOrDefault(b, Set.of()).stream().anyMatch(i -> i > from && i < at);
  }
}
