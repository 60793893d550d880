namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>ONNX Runtime returned an error status from a call.</summary>
/// <param name="call">The function that was called.</param>
/// <param name="message">The message of the status.</param>
internal sealed class OrtException(string call, string message) : Exception($"{call}: {message}");
