package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.List;

/** The cases of the ops of this module. */
public final class EngineCases implements OpCases {
  /** For {@link java.util.ServiceLoader}. */
  public EngineCases() {}

  @Override
  public List<OpCase> cases() {
    List<OpCase> cases = new ArrayList<>();
    ElementwiseCases.add(cases);
    ReductionCases.add(cases);
    StatisticsCases.add(cases);
    OrderCases.add(cases);
    MatmulCases.add(cases);
    MatrixCases.add(cases);
    EinsumCases.add(cases);
    ConvolutionCases.add(cases);
    VolumeCases.add(cases);
    PoolingCases.add(cases);
    ResamplingCases.add(cases);
    PatchCases.add(cases);
    SoftmaxCases.add(cases);
    AttentionCases.add(cases);
    NormCases.add(cases);
    LayerNormCases.add(cases);
    RecurrentCases.add(cases);
    CtcCases.add(cases);
    IndexingCases.add(cases);
    LookupCases.add(cases);
    ViewCases.add(cases);
    PieceCases.add(cases);
    RandomCases.add(cases);
    LossCases.add(cases);
    UpdateCases.add(cases);
    return cases;
  }
}
