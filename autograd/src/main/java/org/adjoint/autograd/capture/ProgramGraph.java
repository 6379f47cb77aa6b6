package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Program} does, to look at: its calls, the values that flow between them, what they
 * cost and where they lie. A picture of the moment, made of plain data.
 *
 * <pre>{@code
 * for (ProgramGraph.Node n : program.graph().nodes()) {
 *   System.out.println(n.phase() + " " + n.op() + " " + n.cost().flops() + " flops");
 * }
 * }</pre>
 *
 * @param device the name of the device
 * @param nodes the calls, in their order
 * @param values what the calls read and write, in the order of first use
 * @param outputs the results of the program
 * @param recordedCalls how many calls the step itself makes
 * @param plannedBytes what the intermediate results take, many at the same place
 * @param unsharedBytes what they would take if no two shared memory
 */
public record ProgramGraph(
    String device,
    List<Node> nodes,
    List<Value> values,
    List<Value> outputs,
    int recordedCalls,
    long plannedBytes,
    long unsharedBytes) {

  /** What a value is. */
  public enum Kind {
    /** It is given at each replay. */
    INPUT,
    /** It lives outside and is changed along its gradient, or only read. */
    PARAMETER,
    /** It lives outside and changes otherwise: velocities, moments, running statistics. */
    STATE,
    /** A call computes it. */
    RESULT
  }

  /**
   * A piece of memory with what it holds.
   *
   * @param number its number in the step, as in {@code t12}
   * @param name a short name, unique in the program
   * @param kind what it is
   * @param dtype type of its elements
   * @param shape the shape in which it is used first
   * @param bytes its size
   * @param first the first call that uses it
   * @param last the last call that uses it; the number of calls for an output
   * @param place where it lies; null if it is not a result
   */
  public record Value(
      int number,
      String name,
      Kind kind,
      DType dtype,
      Shape shape,
      long bytes,
      int first,
      int last,
      @Nullable Place place) {}

  /**
   * A stretch of a program's memory for a stretch of its time. Values share a place when one is
   * written over the other.
   *
   * @param offset where it begins; the blocks of all types lie one after the other
   * @param bytes its size
   * @param first the first call that uses it
   * @param last the last call that uses it; the number of calls if it holds an output
   */
  public record Place(long offset, long bytes, int first, int last) {}

  /**
   * A value as a call sees it.
   *
   * @param value what
   * @param shape in which shape
   * @param from the calls that wrote what is read; empty if it was there before, or is not read
   */
  public record Use(Value value, Shape shape, List<Integer> from) {}

  /**
   * A kernel call.
   *
   * @param number its place in the program, from 0
   * @param phase the part of the step
   * @param op what it computes; several operations, if they were joined, with plus signs
   * @param recorded the calls of the step whose work it does, in their order
   * @param formula what it computes, over the names of its operands
   * @param reads its operands
   * @param writes its results
   * @param cost its flops and bytes
   */
  public record Node(
      int number,
      Phase phase,
      String op,
      List<RecordedCall> recorded,
      String formula,
      List<Use> reads,
      List<Use> writes,
      Cost cost) {
    /** Returns whether it does the work of several calls of the step. */
    public boolean isJoined() {
      return recorded.size() > 1;
    }
  }

  /**
   * A result of the forward phase that the backward phase reads.
   *
   * @param value what is kept
   * @param by the call that computes it
   * @param readBy the calls that read it on the way back
   */
  public record Saved(Value value, int by, List<Integer> readBy) {}

  /** Returns what is kept for backpropagation. */
  public List<Saved> saved() {
    List<Saved> saved = new ArrayList<>();
    for (Value v : values) {
      int by = -1;
      List<Integer> readBy = new ArrayList<>();
      for (Node n : nodes) {
        if (n.phase() == Phase.FORWARD && by < 0 && uses(n.writes(), v)) {
          by = n.number();
        }
        if (n.phase() == Phase.BACKWARD && uses(n.reads(), v)) {
          readBy.add(n.number());
        }
      }
      if (v.kind() == Kind.RESULT && by >= 0 && !readBy.isEmpty()) {
        saved.add(new Saved(v, by, List.copyOf(readBy)));
      }
    }
    return saved;
  }

  private static boolean uses(List<Use> uses, Value v) {
    return uses.stream().anyMatch(u -> u.value() == v);
  }

  /** Returns the values of a kind. */
  public List<Value> values(Kind kind) {
    return values.stream().filter(v -> v.kind() == kind).toList();
  }

  /** Returns the bytes of all values of a kind. */
  public long bytes(Kind kind) {
    return values(kind).stream().mapToLong(Value::bytes).sum();
  }

  /** Returns the distinct places of the results, in the order of first use. */
  public List<Place> places() {
    return values(Kind.RESULT).stream()
        .map(Value::place)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  /** Returns the calls of a phase. */
  public List<Node> nodes(Phase phase) {
    return nodes.stream().filter(n -> n.phase() == phase).toList();
  }

  /** Returns what all calls of a phase cost. */
  public Cost cost(Phase phase) {
    return nodes(phase).stream().map(Node::cost).reduce(Cost.NONE, Cost::plus);
  }

  /** Returns what all calls cost. */
  public Cost cost() {
    return nodes.stream().map(Node::cost).reduce(Cost.NONE, Cost::plus);
  }

  /** Returns how many bytes of results are in use during each call. */
  public long[] liveBytes() {
    long[] live = new long[nodes.size()];
    for (Place p : places()) {
      for (int i = p.first(); i <= Math.min(p.last(), live.length - 1); i++) {
        live[i] += p.bytes();
      }
    }
    return live;
  }

  /** Returns the first call during which most bytes of results are in use; −1 without calls. */
  public int peakCall() {
    long[] live = liveBytes();
    int peak = live.length - 1;
    for (int i = live.length - 1; i >= 0; i--) {
      peak = live[i] >= live[peak] ? i : peak;
    }
    return peak;
  }
}
