using GraphPartition.Foundation;

namespace GraphPartition.Runtime.Steps;

/// <summary>A step does not take the shapes, or the sizes in shape tensors, that it gets in this run; another executor may.</summary>
internal sealed class RefusedShapesException(string where, string message) : EnvironmentException(Codes.EngineRunFailed, where, message);
