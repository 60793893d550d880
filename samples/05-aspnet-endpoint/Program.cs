using GraphPartition.Foundation;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

string path = args is [var first, ..] ? first : "compiled.onnx";
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(_ => ModelSession.Load(path)); // one session for all requests; the container disposes it
WebApplication app = builder.Build();
ModelSession session = app.Services.GetRequiredService<ModelSession>(); // load the model now, not with the first request

app.MapGet("/model", () => new
{
    inputs = session.Inputs.ToDictionary(value => value.Name, value => $"{value.Type}"),
    outputs = session.Outputs.ToDictionary(value => value.Name, value => $"{value.Type}"),
});

// POST {"image": {"shape": [1, 3, 32, 32], "data": [0.1, ...]}}; the answer has the same form.
app.MapPost("/run", async (Dictionary<string, FloatTensor> inputs, CancellationToken cancellation) =>
{
    var values = new Dictionary<string, OrtValue>();
    try
    {
        foreach ((string name, FloatTensor tensor) in inputs) values.Add(name, tensor.ToOrt());
        using RunResult result = await session.RunAsync(values, cancellation);
        return Results.Ok(result.Names.Zip(result.Values).ToDictionary(output => output.First, output => FloatTensor.Of(output.Second)));
    }
    catch (ModelException e)
    {
        return Results.Problem(string.Join("\n", e.Diagnostics), statusCode: StatusCodes.Status400BadRequest); // an input does not fit
    }
    finally
    {
        foreach (OrtValue value in values.Values) value.Dispose();
    }
});
app.Run();
