package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.ptx.PtxSyntax.Function;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Symbol;

/** A kernel of a module, decoded for the simulator. */
public final class PtxEntry {
  private final PtxModule module;
  private final Function function;
  private final List<PtxParameter> parameters = new ArrayList<>();
  private final int parameterBytes;
  private final Program program;

  PtxEntry(PtxModule module, Function function) {
    this.module = module;
    this.function = function;
    int offset = 0;
    for (Operand operand : function.parameters()) {
      PtxVariable variable = ((Symbol) operand).variable();
      offset = (offset + variable.align() - 1) / variable.align() * variable.align();
      parameters.add(new PtxParameter(variable.name(), variable.type(), offset, variable.bytes()));
      offset += variable.bytes();
    }
    this.parameterBytes = offset;
    this.program = new Decoder(module, this).decode();
  }

  /** Returns the name. */
  public String name() {
    return function.name();
  }

  /** Returns the module. */
  public PtxModule module() {
    return module;
  }

  /** Returns where the kernel starts. */
  public PtxLine line() {
    return function.line();
  }

  /** Returns the parameters, in order. */
  public List<PtxParameter> parameters() {
    return List.copyOf(parameters);
  }

  /** Returns the size of the packed block of all parameters, each at its natural alignment. */
  public int parameterBytes() {
    return parameterBytes;
  }

  /** Returns the bytes of shared memory that the text declares, without the dynamic part. */
  public int sharedBytes() {
    return program.sharedBytes();
  }

  /** Returns the bytes of local memory of each thread. */
  public int localBytes() {
    return program.localBytes();
  }

  /** Returns the most threads that a block may have: {@code .maxntid}, or 1024. */
  public int maxThreads() {
    return function.maxThreads();
  }

  Function function() {
    return function;
  }

  Program program() {
    return program;
  }

  @Override
  public String toString() {
    return name() + " at " + line();
  }
}
