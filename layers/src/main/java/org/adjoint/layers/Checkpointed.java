package org.adjoint.layers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A layer that keeps nothing between forward and backward but its operand: backpropagation computes
 * it once more (Chen et al., Training deep nets with sublinear memory cost, 2016). Values and
 * gradients have the bits of the layer itself: random streams are put back for the second time, so
 * that dropout draws the same mask, and buffers, such as running statistics, move once only.
 *
 * <p>Of n layers wrapped one by one, only the n operands live from forward to backward, and what is
 * inside of one at a time; the price is a second forward pass. A recorded step does the same.
 * Gradients that are to be differentiated again need the graph, so with {@code createGraph} what
 * was computed again stays.
 *
 * <p><b>Shapes</b> those of the layer.
 */
public final class Checkpointed extends Layer {
  private final Layer inner;

  /** Wraps a layer; its parameters are under the name {@code inner}. */
  public Checkpointed(Layer inner) {
    this.inner = child("inner", inner);
  }

  @Override
  public Variable forward(Variable x) {
    List<Variable> operands = new ArrayList<>(List.of(x));
    for (Parameter p : inner.parameters().values()) {
      if (p.isTrainable()) {
        operands.add(p.variable());
      }
    }
    return Graph.apply(new Recompute(inner), operands.toArray(Variable[]::new));
  }

  @Override
  public String toString() {
    return "Checkpointed(" + inner + ")";
  }

  /** The operands are x and, for their gradients, the parameters that the layer uses by itself. */
  private static final class Recompute implements Op.Differentiable {
    private final Layer inner;
    private final List<RandomStream> streams;
    private final long[] positions;
    private final boolean training;

    Recompute(Layer inner) {
      this.inner = inner;
      this.streams = List.copyOf(inner.streams().values());
      this.positions = positions();
      this.training = inner.isTraining();
    }

    private long[] positions() {
      return streams.stream().mapToLong(RandomStream::offset).toArray();
    }

    private void positions(long... offsets) {
      for (int i = 0; i < offsets.length; i++) {
        streams.get(i).offset(offsets[i]);
      }
    }

    @Override
    public String name() {
      return "checkpoint";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      try (Graph.NoGrad _ = Graph.noGrad();
          Scope temporaries = Scope.open()) {
        return temporaries.keep(inner.forward(Variable.of(inputs[0])).value());
      }
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      List<Variable> wanted = new ArrayList<>();
      for (int i = 0; i < v.count(); i++) {
        if (v.needs(i)) {
          wanted.add(v.input(i));
        }
      }
      List<Variable> found = v.createGraph() ? gradients(v, v.input(0), wanted) : first(v, wanted);
      @Nullable Variable[] gradients = new @Nullable Variable[v.count()];
      int next = 0;
      for (int i = 0; i < gradients.length; i++) {
        if (v.needs(i)) {
          gradients[i] = found.get(next++);
        }
      }
      return gradients;
    }

    private List<Variable> gradients(Vjp v, Variable x, List<Variable> wanted) {
      return Backprop.gradients(again(x), v.dy(), wanted, v.createGraph());
    }

    /** First derivatives, after which nothing else stays; the walk ends at the operand. */
    private List<Variable> first(Vjp v, List<Variable> wanted) {
      Variable x = v.input(0).detach();
      List<Variable> leaves = new ArrayList<>(wanted);
      if (v.needs(0)) {
        x = Variable.parameter(x.value());
        leaves.set(0, x);
      }
      try (Scope temporaries = Scope.open()) {
        List<Variable> found = gradients(v, x, leaves);
        found.forEach(g -> temporaries.keep(g.value()));
        return found;
      }
    }

    /** The layer once more, as it was. */
    private Variable again(Variable x) {
      Collection<Tensor> buffers = inner.buffers().values();
      List<Tensor> before = new ArrayList<>();
      for (Tensor b : buffers) {
        before.add(copy(b, Tensor.result(b.device(), b.dtype(), b.shape())));
      }
      long[] now = positions();
      boolean mode = inner.isTraining();
      positions(positions);
      inner.mode(training);
      Recording recording = Recording.current();
      int outer = recording == null ? 0 : recording.recomputing();
      try (Graph.NoGrad _ = Graph.enableGrad()) {
        return inner.forward(x);
      } finally {
        if (recording != null) {
          recording.recomputed(outer);
        }
        inner.mode(mode);
        positions(now);
        int i = 0;
        for (Tensor b : buffers) {
          copy(before.get(i++), b);
        }
      }
    }

    private static Tensor copy(Tensor from, Tensor to) {
      Backends.kernels(to.device()).elementwise().copy(from, to);
      return to;
    }
  }
}
