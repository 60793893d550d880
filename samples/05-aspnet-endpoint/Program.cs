using GraphPartition.Serving;

string path = args is [var first, ..] ? first : "compiled.onnx";
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddInferenceProtocol(serving => serving.Models.Add(path)); // loaded before the first request, drained at the end
WebApplication app = builder.Build();
app.MapInferenceProtocol();
app.MapGet("/", () => "This program has endpoints of its own, too.");
app.Run();
