package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.adjoint.autograd.capture.ProgramGraph.Kind;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraph.Place;
import org.adjoint.autograd.capture.ProgramGraph.Use;
import org.adjoint.autograd.capture.ProgramGraph.Value;
import org.adjoint.kernels.KernelWork;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Makes a {@link ProgramGraph} of a program. */
final class GraphReader {
  /** What is known of a buffer before its lifetime is. */
  private static final class Span {
    final Shape shape;
    final int first;
    int last;

    Span(Shape shape, int first) {
      this.shape = shape;
      this.first = first;
    }
  }

  private final Program program;
  private final IdentityHashMap<Storage, String> names = new IdentityHashMap<>();
  private final Map<MemoryPlan.Place, Place> places = new HashMap<>();
  private final Map<Buffer, Value> values = new LinkedHashMap<>();

  GraphReader(Program program, Map<String, Tensor> names) {
    this.program = program;
    names.forEach((name, tensor) -> this.names.putIfAbsent(tensor.storage(), name));
  }

  ProgramGraph read() {
    readValues();
    List<Node> nodes = new ArrayList<>();
    Map<Buffer, List<Integer>> writers = new HashMap<>();
    for (int at = 0; at < program.instructions.size(); at++) {
      nodes.add(node(at, writers));
    }
    List<Value> outputs = new ArrayList<>();
    for (Ref o : program.outputs) {
      outputs.add(value(o));
    }
    return new ProgramGraph(
        program.backend.name(),
        Collections.unmodifiableList(nodes),
        List.copyOf(values.values()),
        List.copyOf(outputs),
        program.recordedCalls(),
        program.plannedBytes(),
        program.unsharedBytes());
  }

  // ---- calls ----------------------------------------------------------------------------------

  /**
   * Reads a call.
   *
   * @param writers for each buffer the calls that wrote what it now holds, oldest first
   */
  private Node node(int at, Map<Buffer, List<Integer>> writers) {
    Instruction i = program.instructions.get(at);
    List<String> named = new ArrayList<>();
    List<Use> reads = new ArrayList<>();
    List<Use> writes = new ArrayList<>();
    for (int t = 0; t < i.refs().length; t++) {
      Ref ref = i.refs()[t];
      Value value = value(ref);
      named.add(value.name());
      if (i.reads(t)) {
        List<Integer> from = writers.getOrDefault(ref.buffer(), List.of());
        reads.add(new Use(value, ref.shape(), List.copyOf(from)));
      }
      if (i.writes(t)) {
        writes.add(new Use(value, ref.shape(), List.of()));
      }
    }
    for (int t = 0; t < i.refs().length; t++) {
      if (i.writes(t)) {
        Ref ref = i.refs()[t];
        List<Integer> now = writers.computeIfAbsent(ref.buffer(), k -> new ArrayList<>());
        if (ref.isWhole()) {
          now.clear();
        }
        now.add(at);
      }
    }
    return new Node(
        at,
        i.phase(),
        i.op(),
        i.calls(),
        FormulaText.of(i, named),
        List.copyOf(reads),
        List.copyOf(writes),
        Cost.of(i));
  }

  private Value value(Ref ref) {
    Value value = values.get(ref.buffer());
    if (value == null) {
      throw new IllegalStateException("capture: " + ref + " is used by no call");
    }
    return value;
  }

  // ---- values ---------------------------------------------------------------------------------

  private void readValues() {
    Map<Buffer, Span> spans = new LinkedHashMap<>();
    Set<Buffer> changed = new HashSet<>();
    Set<Buffer> trained = new HashSet<>();
    for (int at = 0; at < program.instructions.size(); at++) {
      Instruction i = program.instructions.get(at);
      for (int t = 0; t < i.refs().length; t++) {
        Ref ref = i.refs()[t];
        int now = at;
        spans.computeIfAbsent(ref.buffer(), b -> new Span(ref.shape(), now)).last = at;
        if (i.writes(t)) {
          changed.add(ref.buffer());
        }
      }
      if (i.work() instanceof KernelWork.Update) {
        trained.add(i.refs()[0].buffer());
      }
    }
    int end = program.instructions.size();
    for (Ref o : program.outputs) {
      spans.computeIfAbsent(o.buffer(), b -> new Span(o.shape(), end)).last = end;
    }
    Set<String> taken = new HashSet<>();
    spans.forEach(
        (buffer, span) -> {
          Kind kind = kind(buffer, changed.contains(buffer) && !trained.contains(buffer));
          String name = name(buffer);
          if (!taken.add(name)) {
            name = name + "#" + buffer.number;
            taken.add(name);
          }
          values.put(
              buffer,
              new Value(
                  buffer.number,
                  name,
                  kind,
                  buffer.dtype,
                  span.shape,
                  buffer.bytes(),
                  span.first,
                  span.last,
                  kind == Kind.RESULT ? place(buffer, span) : null));
        });
  }

  private static Kind kind(Buffer b, boolean changes) {
    return b.placeholder >= 0
        ? Kind.INPUT
        : b.isInside() ? Kind.RESULT : changes ? Kind.STATE : Kind.PARAMETER;
  }

  private String name(Buffer b) {
    if (b.placeholder >= 0) {
      return program.placeholders.get(b.placeholder).name();
    }
    String known = b.outside == null ? null : names.get(b.outside.storage());
    return known == null ? b.toString() : known;
  }

  private @Nullable Place place(Buffer b, Span span) {
    if (span.first == program.instructions.size()) {
      return null; // an output that no call touches is not part of the plan
    }
    return places.computeIfAbsent(
        program.memory.place(b),
        p ->
            new Place(
                start(p.dtype) + (long) p.offset * p.dtype.bytes(), p.bytes(), p.first, p.last));
  }

  /** Where the block of a type begins if all lie one after the other. */
  private long start(DType dtype) {
    long start = 0;
    for (DType d : DType.values()) {
      if (d.ordinal() < dtype.ordinal()) {
        start += (long) program.memory.size(d) * d.bytes();
      }
    }
    return start;
  }
}
