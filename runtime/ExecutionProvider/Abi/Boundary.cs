namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>The border to C: no exception crosses it. Each becomes a status with its diagnostic code.</summary>
internal static class Boundary
{
    /// <summary>Calls <paramref name="body"/>.</summary>
    /// <param name="ort">The host, which makes the status.</param>
    /// <param name="body">What is to be done.</param>
    /// <returns>Null, or a status with the message of the exception.</returns>
    public static nint Guard(OrtHost ort, Action body)
    {
        try
        {
            body();
            return 0;
        }
        catch (Exception e)
        {
            return ort.Status(MessageOf(e));
        }
    }

    /// <summary>The message of an exception, with a code and a remedy.</summary>
    public static string MessageOf(Exception exception) => exception switch
    {
        ModelException or EnvironmentException => exception.Message,
        OrtException => ProviderCodes.GroupFails.At("ONNX Runtime", exception.Message).ToString(),
        _ => ProviderCodes.Internal.At(exception.GetType().Name, exception.Message).ToString(),
    };
}
