/** Events as the documentation of AWS shows them, shortened where nothing reads them, each with a line of what it is. */

/** HTTP API, payload format 2.0. */
export const HTTP_API = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/my/path',
  rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
  cookies: ['cookie1', 'cookie2'],
  headers: { header1: 'value1', header2: 'value1,value2' },
  queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api-id',
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    http: {
      method: 'POST',
      path: '/my/path',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: 'agent',
    },
    requestId: 'id',
    routeKey: '$default',
    stage: '$default',
    time: '12/Mar/2020:19:03:58 +0000',
    timeEpoch: 1583348638390,
  },
  body: 'Hello from Lambda',
  pathParameters: { parameter1: 'value1' },
  isBase64Encoded: false,
  stageVariables: { stageVariable1: 'value1' },
};

/** Function URL. */
export const FUNCTION_URL = {
  ...HTTP_API,
  requestContext: {
    ...HTTP_API.requestContext,
    apiId: '<urlid>',
    authentication: null,
    domainName: '<url-id>.lambda-url.us-west-2.on.aws',
    domainPrefix: '<url-id>',
  },
  body: 'Hello from client!',
  pathParameters: null,
  stageVariables: null,
};

/** REST API, a body in base64. */
export const REST_API = {
  body: 'eyJ0ZXN0IjoiYm9keSJ9',
  resource: '/{proxy+}',
  path: '/path/to/resource',
  httpMethod: 'POST',
  isBase64Encoded: true,
  queryStringParameters: { foo: 'bar' },
  multiValueQueryStringParameters: { foo: ['bar'] },
  pathParameters: { proxy: '/path/to/resource' },
  stageVariables: { baz: 'qux' },
  headers: {
    'Accept-Language': 'en-US,en;q=0.8',
    Host: '1234567890.execute-api.us-east-1.amazonaws.com',
    'X-Forwarded-For': '127.0.0.1, 127.0.0.2',
  },
  multiValueHeaders: {
    'Accept-Language': ['en-US,en;q=0.8'],
    Host: ['1234567890.execute-api.us-east-1.amazonaws.com'],
    'X-Forwarded-For': ['127.0.0.1, 127.0.0.2'],
  },
  requestContext: {
    accountId: '123456789012',
    resourceId: '123456',
    stage: 'prod',
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    identity: { cognitoIdentityPoolId: null, sourceIp: '127.0.0.1', userAgent: 'Custom User Agent String' },
    path: '/prod/path/to/resource',
    resourcePath: '/{proxy+}',
    httpMethod: 'POST',
    apiId: '1234567890',
    protocol: 'HTTP/1.1',
  },
};

/** HTTP API, payload format 1.0. */
export const HTTP_API_1 = {
  version: '1.0',
  resource: '/my/path',
  path: '/my/path',
  httpMethod: 'GET',
  headers: { header1: 'value1', header2: 'value2' },
  multiValueHeaders: { header1: ['value1'], header2: ['value1', 'value2'] },
  queryStringParameters: { parameter1: 'value1', parameter2: 'value' },
  multiValueQueryStringParameters: { parameter1: ['value1', 'value2'], parameter2: ['value'] },
  requestContext: {
    accountId: '123456789012',
    apiId: 'id',
    httpMethod: 'GET',
    identity: { accessKey: null, sourceIp: '192.0.2.1', userAgent: 'user-agent' },
    path: '/my/path',
    protocol: 'HTTP/1.1',
    requestId: 'id=',
    stage: '$default',
  },
  pathParameters: null,
  stageVariables: null,
  body: 'Hello from Lambda!',
  isBase64Encoded: false,
};

/** Application Load Balancer. */
export const LOAD_BALANCER = {
  requestContext: {
    elb: {
      targetGroupArn:
        'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda-279XGJDqGZ5rsrHC2Fjr/49e9d65c45c6791a',
    },
  },
  httpMethod: 'GET',
  path: '/lambda',
  queryStringParameters: { query: '1234ABCD' },
  headers: {
    host: 'lambda-alb-123578498.us-east-1.elb.amazonaws.com',
    'upgrade-insecure-requests': '1',
    'x-amzn-trace-id': 'Root=1-5c536348-3d683b8b04734faae651f476',
    'x-forwarded-for': '72.12.164.125',
    'x-forwarded-port': '80',
    'x-forwarded-proto': 'http',
  },
  body: '',
  isBase64Encoded: false,
};

/** The same, of a target group with multi-value headers. */
export const LOAD_BALANCER_LISTS = {
  requestContext: LOAD_BALANCER.requestContext,
  httpMethod: 'GET',
  path: '/lambda',
  multiValueQueryStringParameters: { myKey: ['val1', 'val%202'] },
  multiValueHeaders: {
    cookie: ['name1=value1', 'name2=value2'],
    host: ['lambda-846800462-us-east-2.elb.amazonaws.com'],
    'x-forwarded-for': ['198.51.100.7, 72.21.198.66'],
  },
  body: '',
  isBase64Encoded: false,
};

/** WebSocket API, route `$connect`. */
export const CONNECT = {
  headers: {
    Host: 'abcd123.execute-api.us-east-1.amazonaws.com',
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    'Sec-WebSocket-Key': '...',
    'Sec-WebSocket-Version': '13',
    'X-Forwarded-For': '192.0.2.1',
  },
  multiValueHeaders: {
    Host: ['abcd123.execute-api.us-east-1.amazonaws.com'],
    'Sec-WebSocket-Extensions': ['permessage-deflate; client_max_window_bits'],
    'Sec-WebSocket-Key': ['...'],
    'Sec-WebSocket-Version': ['13'],
    'X-Forwarded-For': ['192.0.2.1'],
  },
  requestContext: {
    routeKey: '$connect',
    eventType: 'CONNECT',
    extendedRequestId: 'ABCD1234=',
    requestTime: '09/Feb/2024:18:11:43 +0000',
    messageDirection: 'IN',
    stage: 'prod',
    connectedAt: 1707502303419,
    requestTimeEpoch: 1707502303420,
    identity: { sourceIp: '192.0.2.1' },
    requestId: 'ABCD1234=',
    domainName: 'abcd1234.execute-api.us-east-1.amazonaws.com',
    connectionId: 'AAAA1234=',
    apiId: 'abcd1234',
  },
  isBase64Encoded: false,
};

/** WebSocket API, a message: no header, so no cookie. */
export const MESSAGE = {
  requestContext: {
    routeKey: '$default',
    messageId: 'ABCD=',
    eventType: 'MESSAGE',
    messageDirection: 'IN',
    stage: 'prod',
    identity: { sourceIp: '192.0.2.1' },
    requestId: 'ABCD1234=',
    connectionId: 'AAAA1234=',
    apiId: 'abcd1234',
  },
  body: '{"action":"hello"}',
  isBase64Encoded: false,
};

/** Request authorizer of a REST API. */
export const REST_AUTHORIZER = {
  type: 'REQUEST',
  methodArn: 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request',
  resource: '/request',
  path: '/request',
  httpMethod: 'GET',
  headers: { 'X-AMZ-Date': '20170718T062915Z', Accept: '*/*', 'X-Forwarded-For': '192.0.2.1' },
  multiValueHeaders: null,
  queryStringParameters: { QueryString1: 'queryValue1' },
  pathParameters: {},
  stageVariables: { StageVar1: 'stageValue1' },
  requestContext: {
    path: '/request',
    accountId: '123456789012',
    resourceId: '05c7jb',
    stage: 'test',
    requestId: '...',
    identity: { apiKey: '...', sourceIp: '192.0.2.1' },
    resourcePath: '/request',
    httpMethod: 'GET',
    apiId: 'abcdef123',
  },
};
